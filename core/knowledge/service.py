"""What an organization knows: found, changed, reviewed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from core.entries import Entry, NewEntry, Passage
from core.errors import UnavailableError
from core.knowledge.audiences import EVERYBODY, Audience
from core.knowledge.editing import Editor, Undone
from core.knowledge.explaining import Explanation, explain
from core.knowledge.fits import Fitter
from core.knowledge.index import Index, build, look_up, understood, update
from core.knowledge.memory import Indexes
from core.knowledge.projected import ProjectedKnowledge
from core.knowledge.reviewing import Reviewer
from core.ports.clock import NewId
from core.ports.encoder import Encoder
from core.ports.gaps import Asker, Gap, Gaps, in_normal_form
from core.ports.knowledge import ImportReport, KnowledgeStore, Revision
from core.ports.proposals import NewProposal, Proposal, Proposals

log = structlog.get_logger(service="knowledge_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeService:
    """Knowledge in its store, and its indexes in the memory of this process.

    `by` is the account of who changes something, None: the command line.
    """

    store: KnowledgeStore
    unanswered: Gaps
    suggested: Proposals
    new_id: NewId
    indexes: Indexes = field(default_factory=Indexes)
    fitter: Fitter | None = None
    encoder: Encoder | None = None
    projected: ProjectedKnowledge | None = None

    async def index_at(self, organization_id: UUID, revision: int, question: str = "") -> Index:
        """The index at this revision or a later one.

        One in memory that is older is brought up to it. The revision comes with each message, from
        the store at its admission: no change is missed, and no message needs a query to know it.
        Where there is none in memory and it is projected, as what is large is, the index may be one
        for this `question` alone.
        """
        if index := self.indexes.get(organization_id, revision):
            return index
        if self.projected is not None and question and organization_id not in self.indexes.held:
            small = await self.projected.index_for(organization_id, revision, question)
            if small is not None:
                return small
        async with self.indexes.lock(organization_id):
            if index := self.indexes.get(organization_id, revision):
                return index
            index = await self._followed(organization_id) or await self._loaded(organization_id)
            self.indexes.put(organization_id, index)
            return index

    async def index_when_there(
        self, organization_id: UUID, revision: int, question: str
    ) -> Index | None:
        """As `index_at`, for who can wait: nothing large is loaded whole because it has changed.

        None: its projection has yet to reach the revision. With the projection away it is loaded,
        as it is for who asks.
        """
        if self.projected is not None and organization_id not in self.indexes.held:
            try:
                if await self.projected.has(organization_id):
                    return await self.projected.index_for(organization_id, revision, question)
            except UnavailableError as error:
                log.info("projection_away", reason=str(error))
        return await self.index_at(organization_id, revision, question)

    async def _followed(self, organization_id: UUID) -> Index | None:
        """The index in memory with what has changed since; None where it has to be loaded."""
        held = self.indexes.held.get(organization_id)
        if held is None:
            return None
        since = await self.store.changes_since(organization_id, held.revision)
        if since is None:
            return None
        if self.fitter is not None:
            self.fitter.want(organization_id)
        return await asyncio.to_thread(
            update, held, changed=since.changed, removed=since.removed, at=since.revision
        )

    async def _loaded(self, organization_id: UUID) -> Index:
        snapshot = await self.store.load(organization_id)
        return await self._fitted(organization_id, await asyncio.to_thread(build, snapshot))

    async def _fitted(self, organization_id: UUID, index: Index) -> Index:
        """The index with the latest fit there is; a newer one is asked for and comes later."""
        if self.encoder is not None:
            index = await asyncio.to_thread(understood, index, self.encoder)
        if self.fitter is None:
            return index
        model = await self.fitter.model(organization_id)
        if model is None or model.revision != index.revision:
            self.fitter.want(organization_id)
        return index if model is None else await asyncio.to_thread(model.apply, index)

    async def search(
        self,
        organization_id: UUID,
        question: str,
        *,
        limit: int = 3,
        audience: Audience | None = EVERYBODY,
    ) -> Sequence[Passage]:
        """The entries that fit a question best, with the confidence in each, as of now.

        What is not for the `audience` is not there; None sees everything.
        """
        revision = await self.store.revision(organization_id)
        index = await self.index_at(organization_id, revision, question)
        return await look_up(index, question, limit=limit, audience=audience)

    async def explain(self, organization_id: UUID, question: str, *, limit: int = 3) -> Explanation:
        """Why the bot answers a question as it does; for those who may see everything."""
        revision = await self.store.revision(organization_id)
        index = await self.index_at(organization_id, revision)
        return await asyncio.to_thread(explain, index, question, limit=limit)

    async def import_entries(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
        by: UUID | None = None,
    ) -> ImportReport:
        """Write all entries or none; with `prune` remove what their sources no longer have."""
        return await self.store.save(organization_id, entries, files=files, prune=prune, by=by)

    async def add(self, organization_id: UUID, new: NewEntry, *, by: UUID | None) -> Entry:
        """Add an entry; where its source has the very answer, that entry gets its phrasings."""
        return await self._editor.add(organization_id, new, by=by)

    async def edit(
        self, organization_id: UUID, entry_id: UUID, new: NewEntry, *, by: UUID | None
    ) -> Entry:
        """Make an entry what is given."""
        return await self._editor.edit(organization_id, entry_id, new, by=by)

    async def add_phrasing(
        self, organization_id: UUID, entry_id: UUID, phrasing: str, *, by: UUID | None
    ) -> Entry:
        """Let an entry be asked for in another way."""
        return await self._editor.add_phrasing(organization_id, entry_id, phrasing, by=by)

    async def remove_entry(
        self, organization_id: UUID, entry_id: UUID, *, by: UUID | None
    ) -> Entry | None:
        """Remove an entry; None where there is none."""
        return await self._editor.remove(organization_id, entry_id, by=by)

    async def remove(
        self, organization_id: UUID, question: str, *, by: UUID | None = None
    ) -> Entry | None:
        """Remove the entry that is asked for with exactly these words; None when there is none."""
        return await self._editor.remove_asked(organization_id, question, by=by)

    async def undo(
        self, organization_id: UUID, *, by: UUID | None, only: int | None = None
    ) -> Undone | None:
        """Take back the latest revision that is not taken back already; `only` if it is this one.

        An undo or a redo is none of them.
        """
        return await self._editor.undo(organization_id, by=by, only=only)

    async def redo(
        self, organization_id: UUID, *, by: UUID | None, only: int | None = None
    ) -> Undone | None:
        """Make the change again that the latest undo took back, if it was not made again yet.

        `only` if the latest undo is this one.
        """
        return await self._editor.redo(organization_id, by=by, only=only)

    async def history(self, organization_id: UUID, *, limit: int) -> Sequence[Revision]:
        """What was changed when and by whom, the latest first."""
        return await self.store.history(organization_id, limit=limit)

    async def entry(self, organization_id: UUID, entry_id: UUID) -> Entry | None:
        """One entry."""
        return next(iter(await self.store.find(organization_id, [entry_id])), None)

    async def asked_with(self, organization_id: UUID, question: str) -> Sequence[Entry]:
        """The entries that are asked for with exactly these words."""
        return await self._editor.asked_with(organization_id, question)

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Entries by the time they were added."""
        return await self.store.list(organization_id, limit=limit, offset=offset)

    async def export(self, organization_id: UUID) -> Sequence[Entry]:
        """All entries by the time they were added; see `core.knowledge.exporting`."""
        return sorted((await self.store.load(organization_id)).entries, key=lambda one: one.id)

    async def propose(
        self, organization_id: UUID, proposals: Sequence[NewProposal], *, by: UUID | None
    ) -> int:
        """Suggest something to those who may edit; how many proposals are new."""
        return await self.suggested.propose(organization_id, proposals, by=by)

    async def proposals(self, organization_id: UUID, *, limit: int) -> Sequence[Proposal]:
        """What waits for somebody who may edit, the most frequent first."""
        return await self.suggested.open(organization_id, limit=limit)

    async def accept(
        self, organization_id: UUID, proposal_id: UUID, *, by: UUID | None
    ) -> Entry | None:
        """Do what was proposed, and return its entry; None when it is not open any more."""
        return await Reviewer(proposals=self.suggested, editor=self._editor).accept(
            organization_id, proposal_id, by=by
        )

    async def decline(
        self, organization_id: UUID, proposal_id: UUID, *, by: UUID | None
    ) -> Proposal | None:
        """Leave it, and be it proposed again; None when it is not open any more."""
        return await self.suggested.take(organization_id, proposal_id, accepted=False, by=by)

    async def note_gap(
        self, organization_id: UUID, question: str, asker: Asker | None = None
    ) -> None:
        """Keep a question that had no answer, so that somebody can add one."""
        if gap := in_normal_form(question):
            await self.unanswered.note(organization_id, gap, asker)

    async def gaps(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        """Questions that had no answer, the most frequent first."""
        return await self.unanswered.open(organization_id, limit=limit)

    async def count_gaps(self, organization_id: UUID) -> int:
        """How many questions had no answer."""
        return await self.unanswered.count(organization_id)

    async def dismiss_gap(self, organization_id: UUID, question: str) -> bool:
        """Close a gap without an answer until it is asked again; False where it is not open."""
        return await self.unanswered.dismiss(organization_id, question)

    @property
    def _editor(self) -> Editor:
        return Editor(store=self.store, indexes=self.indexes, new_id=self.new_id)
