"""All rights in a database that are not its owner's, to compare with another's."""

import asyncpg

ALL_RIGHTS = """
SELECT grantee::regrole::text, place, privilege
  FROM (SELECT c.relname, a.grantee, a.privilege_type
          FROM pg_class c, aclexplode(c.relacl) a
         WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
        UNION ALL
        SELECT c.relname || '.' || t.attname, a.grantee, a.privilege_type
          FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
         WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
        UNION ALL
        SELECT p.oid::regprocedure::text, a.grantee, a.privilege_type
          FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE p.pronamespace = 'public'::regnamespace AND a.grantee <> p.proowner
       ) AS given (place, grantee, privilege)
"""
ALL_POLICIES = """
SELECT tablename, policyname, roles::text[]::text, cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public'
"""
WALLS = "SELECT relname FROM pg_class WHERE relrowsecurity"
DEFINERS = """
SELECT oid::regprocedure::text, proconfig::text FROM pg_proc
 WHERE prosecdef AND pronamespace = 'public'::regnamespace
"""


async def rights_in(dsn: str) -> set[tuple[object, ...]]:
    """Grants, policies, walls, and functions that run with their owner's rights."""
    connection = await asyncpg.connect(dsn)
    try:
        found: set[tuple[object, ...]] = set()
        for sql in (ALL_RIGHTS, ALL_POLICIES, WALLS, DEFINERS):
            found |= {tuple(row) for row in await connection.fetch(sql)}
        return found
    finally:
        await connection.close()
