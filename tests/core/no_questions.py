"""Messages that ask nothing, and short or odd questions that do. Written before the rule was."""

PASTED = (
    'Exception in thread "main" java.lang.IllegalStateException: Failed to load context\n'
    + "\n".join(
        f"\tat org.example.service.Handler{number}.invoke(Handler{number}.java:{number * 7})"
        for number in range(1, 46)
    )
    + "\nCaused by: java.net.ConnectException: Connection refused (Connection refused)"
)
LOG = "\n".join(
    f"2026-11-{day:02d} 08:{day:02d}:13,204 [pool-{day}] WARN  c.e.Poller - retry={day}/30 code=503"
    for day in range(1, 29)
)
JSON = '{"items":[' + ",".join(f'{{"id":{n},"ok":true,"tag":"x{n}"}}' for n in range(60)) + "]}"

NOISE = (
    "asdfgh", "asdf", "qwertz", "ASDFASDF", "asd asd asd", "sdfsdf", "jkljkl", "qweqwe", "dsadsa",
    "aaaaaaa", "hahaha", "HAHAHAHA!!!", "hehehe", "lol", "lolololol", "rofl", "wtf", "omg", "hmm",
    "hmmmm", "???", "!!!", "...", "?", "👍", "😂😂😂", "🤷", ":)", "x", "1",
    "no", "yes", "ja", "nope",
    "test", "test test", "Testing!", "you are an idiot", "stupid bot", "fuck you", "you suck",
    "what the fuck", "shut up", "this bot is useless", "du bist dumm", "idiota", "merde",
    "are you stupid?", "blah blah blah", "sdkjfhsdkjfh", PASTED, LOG,
)  # fmt: skip

QUESTIONS = (
    "vpn", "VPN?", "HR", "wifi", "Kubernetes", "holiday", "Spesenabrechnung", "404",
    "ERR_CONN_RESET", "printer jam", "lunch?", "parking", "kubectl", "mssql", "https", "nginx",
    "HTTPS", "GDPR", "npm", "Wert", "Rechtschreibung", "How do I reset my badge?",
    "where is the stapler", "who is Ada", "what is a noop?", "Wo ist der Drucker?",
    "¿Dónde está la impresora?", "Où est la cantine ?",
    "会議室はどこですか", "打印机在哪里", "パスワード",
    "كيف أعيد تعيين كلمة المرور", "где принтер", "my laptop is fucking slow, who helps?",
    "the damn printer is stuck again", "idiot-proof backup", "test environment", "test data",
    "how do I test?", "what is QWERTZ for?", "no heating on floor 2", "yes/no fields in forms",
    "is smoking allowed", "x-ray appointment", "C++", "C#", "R", "42 USC", "112", "Zscaler",
    "Czech", "sandwich", "flask", "salad bar", "Alaska office", "glass doors",
    f"how do I mend this?\n{PASTED}", "help " + "please " * 40 + "with my payslip",
    "I was given a laptop in March and it has been restarting ever since. " * 20,
)  # fmt: skip

HELD_OUT_NOISE = (
    "qwerty", "zxcvbn", "hjkl", "poiuy", "asdfjkl", "fdsa fdsa", "gfgfgf", "fghfgh", "qwe asd",
    "bbbbbb", "ooooooh", "jajaja", "hihihi", "xD", "lmao", "LOL!!!", "mdr", "ugh", "uhm", "huh?",
    "…", "!?!?", "¿?", "-", "🎉", "❤️", "👀👀", "z", "7", "nein", "oui", "yep", "nah", "blabla",
    "ping", "asdfghjkl;", "shit", "Scheiße", "you are so stupid", "you're useless", "dumb bot",
    "what the hell", "wtf is wrong with you", "go to hell", "I hate you", "sdlfkjsdlfkj",
    "dfgdfgdfg", "eres tonto", "blöder bot", JSON,
)  # fmt: skip

HELD_OUT_QUESTIONS = (
    "payroll", "IT", "PTO", "SSO?", "ssh", "Jenkins", "Jira", "sftp", "psql", "rsync", "xmlrpc",
    "Krankmeldung", "Angstschweiß", "Urlaub", "nómina", "congés", "vacaciones",
    "fjord meeting room", "Brno", "Strc prst skrz krk", "Łódź office", "Ljubljana", "dress code",
    "500", "2FA", "401k", "5G", "kjkk", "AAA", "www", "aa batteries", "toilet paper",
    "shitake soup today?", "hell's kitchen team", "who do I tell about an insult",
    "useless tickets, how do I close them", "ping times to Oslo", "yes man award",
    "no reply from payroll", "testimonials", "please help", "somebody?", "wie spät ist es",
    "qué hora es", "quelle heure", "何時", "몇 시", "ساعات العمل", "часы работы",
    "was ist eine NullPointerException", 'error: "java.lang.IllegalStateException"', "/etc/hosts",
    "ERROR 0x80070005", "asdf-vm", "where is my asdf config", "hate speech policy", "kill -9",
    'what does `{"ok":false}` mean?', "We moved to the new office in May. " * 40,
)  # fmt: skip
