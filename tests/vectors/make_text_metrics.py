"""Writes text_metrics.json beside this file: texts, and what other programs score for them.

    python3.11 -m venv venv
    venv/bin/pip install sacrebleu==2.6.0 rouge_score==0.1.2
    venv/bin/python make_text_metrics.py

BLEU is sacrebleu's, ROUGE is rouge_score's. F1 is written here from the definition in SQuAD's
evaluate-v2.0.py; exact, contains and levenshtein from the documentation of Keelmark's metrics.
The texts are written for this file, or put together from its words with a fixed seed; some short
ones are the examples of the BLEU and ROUGE papers and of rouge_score's documentation.
"""

import json
import logging
import pathlib
import platform
import random
import re
import string
import unicodedata
from collections import Counter
from importlib import metadata

import sacrebleu
from rouge_score import rouge_scorer, tokenize
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

SEED = 20261125
ROUGES = ["rouge1", "rouge2", "rougeL"]
logging.disable(logging.WARNING)
scorer = rouge_scorer.RougeScorer(ROUGES)
tokenizer = Tokenizer13a()

# White_Space of Unicode; Python's str.strip() takes U+001C to U+001F too.
WHITE_SPACE = "".join(
    chr(c) for c in range(0x110000) if chr(c).isspace() and not 0x1C <= c <= 0x1F
)


def tidy(text):
    return re.sub("\r\n|\r", "\n", text.strip(WHITE_SPACE))


def normalize_answer(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def squad_f1(answer, reference):
    answer, reference = normalize_answer(answer), normalize_answer(reference)
    if not answer or not reference:
        return float(answer == reference)
    shared = sum((Counter(answer) & Counter(reference)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(answer), shared / len(reference)
    return 2 * precision * recall / (precision + recall)


def levenshtein(answer, reference):
    answer, reference = tidy(answer), tidy(reference)
    if not answer and not reference:
        return 1.0
    row = list(range(len(reference) + 1))
    for i, a in enumerate(answer, 1):
        previous, row = row, [i]
        for j, b in enumerate(reference, 1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
    return 1.0 - row[-1] / max(len(answer), len(reference))


# Answer and reference, by group. A name is the group and the place in it.
PAIRS = {
    "known": [
        ("the cat sat on the mat today", "the cat sat on the mat"),
        ("Answer: Reset password", "Answer reset password"),
        ("See KB-42 steps", "Reset password: see KB-42 for the steps."),
        ("Reset your password from the sign-in page.", "Reset password"),
        ("0.87", "0.88"),
    ],
    "english": [
        ("The quick brown fox jumps over the lazy dog.", "The quick brown dog jumps on the log."),
        ("The report was published on Monday.", "The report was published on Monday."),
        ("She went to the market to buy fresh bread.", "She walked to the market and bought bread."),
        ("It is going to rain tomorrow in the north.", "Tomorrow it will rain in the north."),
        ("I don't know what you're talking about.", "I do not know what you are talking about."),
        ("Mr. Smith arrived at 5 p.m. in Washington, D.C.", "Mr Smith came to Washington D.C. at 5pm."),
        ("The committee didn't reach a decision.", "No decision was reached by the committee."),
        ("an apple a day keeps the doctor away", "An apple, a day, keeps the doctor away!"),
        ("Paris", "Paris is the capital of France."),
        ("The capital of France is Paris.", "Paris"),
        ("the the the the the the the", "the cat is on the mat"),
        ("It is a guide to action which ensures that the military always obeys the commands of the party",
         "It is a guide to action that ensures that the military will forever heed Party commands"),
        ("It is to insure the troops forever hearing the activity guidebook that party direct",
         "It is the guiding principle which guarantees the military forces always being under the command of the Party"),
        ("police killed the gunman", "police kill the gunman"),
        ("the gunman kill police", "police killed the gunman"),
        ("State-of-the-art systems aren't well-tested.", "State of the art systems are not well tested."),
        ("The THE the", "the"),
        ("A an the", "An answer"),
        ("thermal analysis another theory", "the a an thermal analysis"),
        ("Yes, it does.", "No, it does not."),
    ],
    "empty": [
        ("", ""), ("", "a reference"), ("an answer", ""), (" ", " "), ("\n\n", "x"),
        ("   ", "word"), ("word", "   "), ("\t", ""), ("\u00a0", "\u00a0"), ("\u200b", "\u200b"),
        ("the", "the"), ("a", "an"), ("<skipped>", "<skipped>"), ("x", "<skipped>"), ("\u3000", "\ufeff"),
    ],
    "one-word": [
        ("yes", "yes"), ("Yes", "yes"), ("yes.", "yes"), ("no", "yes"), ("yes yes", "yes"),
        ("yes", "yes yes"), ("42", "42"), ("42", "42.0"), ("$42", "42"), ("B", "(B)"), ("I", "1"),
        ("colour", "color"), ("kitten", "sitting"), ("x", "y"),
    ],
    "short": [
        ("two words", "two words"), ("three short words", "three short words"),
        ("now four short words", "now four short words"), ("and now five short words", "and now five short words"),
        ("two words", "words two"), ("a b", "a b"), ("a b c", "a b d"), ("a b c d", "a b c e"),
        ("a b c d e", "a b c d f"), ("x b c d", "a b c d"), ("one two three", "three two one"),
    ],
    "punctuation": [
        ("...", "..."), ("?!", "?!"), (".", ","), ("Hello, world!", "Hello world"), ("Hello,world!", "Hello, world!"),
        ("a.b.c", "a . b . c"), (".,.,.,", ",.,.,."), ("..5..", ". . 5 . ."), ("(see [1], {2}; <3>)", "see 1, 2; 3"),
        ("`code` ~ ^caret^ |pipe|", "code caret pipe"), ("e-mail: a@b.com", "Email a@b.com"),
        ("https://example.org/a?b=c&d=e#f", "https://example.org/a?b=c"), ("a_b_c __init__", "a b c init"),
        ("'single' \"double\"", "\"single\" 'double'"), ("don't -- stop", "don't - stop"), ("wait...what", "wait ... what"),
        ("end.", "end ."), ("1.", "1"), (".5", "0.5"), ("5.", "5.0"), ("x.5 5.x ,5 5,", "x .5 5. x"),
        ("a,b,,c", "a, b, c"), ("\\ / | * + = % # @ !", "/ \\"), ("--", "-"), ("'tis 'twas", "tis twas"),
        ("-.-.-", ".-.-."), (".a.,b,.", "a , . b"), ("¿Qué? ¡Sí!", "Que si"),
    ],
    "numbers": [
        ("1,234,567.89", "1234567.89"), ("The total is 1,000.", "The total is 1000."), ("3.14159", "3.14"),
        ("10-20", "10 - 20"), ("2024-05-06", "2024-05-07"), ("v1.2.3-rc.1", "v1.2.3-rc.2"), ("1-2-3-4", "1 - 2 - 3 - 4"),
        ("A: 18", "A: 18"), ("A: 18\n", "A: 18"), ("16 - 3 - 4 = <<16-3-4=9>>9", "16-3-4=9"), ("50%", "50 %"),
        ("1e10", "1E10"), ("1.000,50 EUR", "1,000.50 EUR"), ("12:30", "12.30"), ("+49 30 123-456", "+4930123456"),
        ("1,2,3", "1, 2, 3"), ("5-", "5 -"), ("-5", "5"), ("9.9.9.9", "9.9.9"), ("7,.8", "7.,8"),
        ("It costs 5.00,- today.", "It costs 5.00 today"), ("\u0663.\u0664", "3.4"), ("\u00bd cup", "1/2 cup"),
        ("x\u00b2", "x2"), ("\u2163", "IV"), ("\uff11\uff12.\uff13", "12.3"),
    ],
    "currency": [
        ("$1,999.99", "$1,999.99 USD"), ("€5,00", "5,00 €"), ("£3.50 each", "3.50 pounds each"), ("¥1000", "1000 yen"),
        ("US$5", "US $5"), ("5¢", "5 cents"), ("₹1,00,000", "₹100000"), ("$-5", "-$5"),
    ],
    "german": [
        ("Die Straße ist naß.", "Die Strasse ist nass."), ("Der schnelle braune Fuchs springt.", "Der schnelle Fuchs springt."),
        ("Äpfel und Öl für Übermütige", "äpfel und öl für übermütige"), ("GROSSE STRASSE", "große Straße"), ("\u1e9e", "ß"),
        ("„Guten Tag“, sagte er.", "\"Guten Tag\", sagte er."), ("Das kostet 1.234,56 €.", "Das kostet 1234,56 Euro."),
    ],
    "greek": [
        ("Ο ΟΔΥΣΣΕΥΣ", "ο οδυσσευς"), ("ΣΑΣ ΣΑΣ.", "σας σασ"), ("Καλημέρα κόσμε!", "Καλημέρα, κόσμε"), ("Α α", "α"),
        ("ΟΔΟΣ\u0301 Σ Σ.", "οδος\u0301 σ σ"),
    ],
    "cyrillic": [
        ("Привет, мир!", "привет мир"), ("Кошка сидит на коврике.", "Кошка лежит на коврике."), ("ЙЁ", "йё"),
        ("Цена 1 234,50 руб.", "Цена 1234,50 рублей"), ("Ответ: KB-42 см. раздел 3.1", "См. KB-42, раздел 3.1"),
    ],
    "chinese": [
        ("今天天气很好。", "今天天气不错。"), ("我 喜欢 苹果", "我 喜欢 香蕉"), ("重置密码", "重置密码"),
        ("价格是 100 元,谢谢", "价格是 100 元,谢谢"), ("「你好」", "你好"),
    ],
    "japanese": [
        ("パスワードをリセットしてください。", "パスワードをリセットする。"), ("東京 は 日本 の 首都 です 。", "東京 は 首都 です 。"),
        ("ﾊﾟｽﾜｰﾄﾞ", "パスワード"), ("が", "か\u3099"), ("全角　スペース", "全角 スペース"),
    ],
    "arabic": [
        ("مرحبا بالعالم", "مرحبا يا عالم"), ("السعر ١٢٫٥ درهم", "السعر 12.5 درهم"), ("القاهرة، مصر؟", "القاهرة مصر"),
        ("مُحَمَّد", "محمد"), ("\u200fشكرا\u200f", "شكرا"),
    ],
    "other-scripts": [
        ("नमस्ते दुनिया", "नमस्ते विश्व"), ("שלום עולם!", "שלום, עולם"), ("สวัสดีชาวโลก", "สวัสดี ชาวโลก"),
        ("안녕하세요 세계", "안녕 세계"), ("xin chào thế giới", "Xin chào, thế giới!"), ("a\u0903 the\u093e x", "a the x"),
        ("Diyarbakır İstanbul", "diyarbakir istanbul"), ("İİİ", "iii"), ("\u212a 300 \u212b", "k 300 å"),
        ("I\u0307 İ", "i̇ i̇"), ("ǅ ﬁ ŉ", "ǆ fi 'n"),
    ],
    "emoji": [
        ("Great 👍", "Great 👎"), ("👩‍👩‍👧", "👨‍👩‍👧"), ("🇩🇪🇫🇷", "🇫🇷🇩🇪"), ("ok👌.", "ok 👌 ."), ("🙂🙂🙂", "🙂🙂"),
        ("the👍a", "👍"), ("❤️ love", "❤ love"),
    ],
    "combining": [
        ("caf\u00e9", "cafe\u0301"), ("the\u0301 cat", "the cat"), ("a\u0308n apple", "än apple"), ("e\u0301.5", "é.5"),
        ("\u0301\u0301", "\u0301"), ("x\u0345 a\u0345 y", "x y"), ("Ⓐ a Ⓐ", "ⓐ"), ("Zalgo t\u0336e\u0336x\u0336t", "Zalgo text"),
        ("a\u24d0 \u24d0an an\u24d0", "an"), ("a\u24d0 the\u093e an\u0345", "\u24d0 \u093e \u0345"),
    ],
    "white-space": [
        ("non\u00a0breaking\u00a0space", "non breaking space"), ("thin\u2009space\u202fhere", "thin space here"),
        ("zero\u200bwidth", "zero width"), ("tab\there", "tab here"), ("form\x0cfeed\x0bvertical", "form feed vertical"),
        ("file\x1cgroup\x1drecord\x1eunit\x1fend", "file group record unit end"), ("next\x85line", "next line"),
        ("line\u2028sep\u2029para", "line sep para"), ("  padded  ", "padded"), ("trailing\x1f", "trailing"),
        ("mongolian\u180evowel", "mongolian vowel"), ("\ufeffbom", "bom"), ("ideographic\u3000space", "ideographic space"),
        ("dot\u00a0.5 \u00a0,", "dot .5 ,"), ("a\x00b", "a b"), ("1\u00a0-2", "1 - 2"),
    ],
    "quotes": [
        ("“curly” ‘quotes’", "\"curly\" 'quotes'"), ("it’s the user’s", "it's the user's"), ("«guillemets»", "guillemets"),
        ("“the cat”", "the cat"), ("—the— –a–", "the a"), ("…the end…", "...the end..."), ("o’clock", "o'clock"), ("x—the—y", "x— —y"),
    ],
    "entities": [
        ("&quot;quoted&quot;", "\"quoted\""), ("Tom &amp; Jerry", "Tom & Jerry"), ("&lt;b&gt;", "<b>"),
        ("&amp;lt;tag&amp;gt;", "<tag>"), ("&amp;quot;x&amp;quot;", "\"x\""), ("&amp;amp;", "&"), ("AT&T", "AT&amp;T"),
        ("&nbsp;&#39;", "' "), ("a & b &amp c", "a and b"), ("&lt;skipped&gt; x", "<skipped> x"), ("&LT;x&GT;", "<x>"),
    ],
    "lines": [
        ("one\ntwo\nthree", "one two three"), ("one\r\ntwo\r\nthree", "one\ntwo\nthree"), ("one\rtwo", "one\ntwo"),
        ("hyphen-\nated words", "hyphenated words"), ("hyphen-\r\nated words", "hyphen-\nated words"), ("skip <skipped> this", "skip this"),
        ("<skip<skipped>ped>", "<skipped>"), ("a-\n-\nb", "ab"), ("<skipped>-\n<skipped>", "x"), ("-\n", "-"),
        ("\n\nanswer\n\n", "answer"), ("answer\r\n", "answer"), ("5-\n6", "56"), ("x.\ny,\nz", "x . y , z"), ("a\n\rb", "a\n\nb"),
        ("- item one\n- item two\n", "item one, item two"), ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"), ("{\"a\": [1, 2]}", "{\"a\":[1,2]}"),
    ],
    "repeats": [
        ("a a a a", "a a"), ("a a", "a a a a"), ("b b b b b b", "b c b c b c"), ("la la la la la", "la la la"),
        ("x y x y x y x y", "x y x y"), ("buffalo " * 8, "buffalo " * 5), ("to be or not to be", "to be or to be or not"),
        ("no no no yes", "yes no no no no"), ("ab" * 100, "ba" * 100), ("word " * 300, "word " * 299),
        ("1 2 3 " * 40, "3 2 1 " * 40),
    ],
}

ENGLISH = (
    "the a an of to and in that it is was for on are with as his they be at one have this from or had by hot but "
    "some what there we can out other were all your when up use word how said each she which do their time if will "
    "way about many then them would write like so these her long make thing see him two has look more day could go "
    "come did my sound no most number who over know water than call first people may down side been now find any new "
    "work part take get place made live where after back little only round man year came show every good me give our"
).split()
MIXED = ENGLISH[:40] + (
    "Straße naïve Ελλάδα Москва 東京 مرحبا 👍 caf\u00e9 cafe\u0301 $5 €1,50 3.14 1,000 10-20 &amp; &quot;x&quot; &lt; “hm” it’s don't "
    "KB-42 e.g. U.S. <skipped> -\n \n \r\n ... , . - -- ! (x) [1] a_b the. a, An İ \u212a ½ x² \u00a0 \u2009 \x1c 7. .7 ,7 7,"
).split(" ")


def variation(rng, words, pool):
    """Changes some words: drops, doubles, swaps and replaces."""
    words = list(words)
    for _ in range(max(1, len(words) // rng.randint(2, 9))):
        if not words:
            break
        at = rng.randrange(len(words))
        match rng.randrange(4):
            case 0:
                del words[at]
            case 1:
                words.insert(at, words[at])
            case 2:
                other = rng.randrange(len(words))
                words[at], words[other] = words[other], words[at]
            case _:
                words[at] = rng.choice(pool)
    return words


def generated():
    rng = random.Random(SEED)
    for pool_name, pool, glues, sizes in [
        ("drawn-english", ENGLISH, [" "], [6, 9, 12, 15, 20, 30, 40]),
        ("drawn-mixed", MIXED, [" ", " ", ""], [3, 5, 8, 12, 20, 30]),
        ("drawn-characters", sorted({c for w in MIXED for c in w} | set(".,.,-09 \n&;a")), [""], [4, 9, 20, 50]),
    ]:
        for number in range(len(sizes) * 6):
            reference = [rng.choice(pool) for _ in range(sizes[number % len(sizes)])]
            answer = variation(rng, reference, pool)
            glue = glues[number % len(glues)]
            yield f"{pool_name}-{number:02}", glue.join(answer), glue.join(reference)
    for number, size in enumerate([200, 400, 700]):
        reference = [rng.choice(ENGLISH + [".", ",", "\n"]) for _ in range(size)]
        yield f"long-{number}", " ".join(variation(rng, reference, ENGLISH)), " ".join(reference)
    for number, size in enumerate([130, 600]):
        yield (f"long-unrelated-{number}", " ".join(rng.choice(ENGLISH) for _ in range(size)),
               " ".join(rng.choice(MIXED) for _ in range(size)))


pairs = [(f"{group}-{number:02}", *pair) for group, members in PAIRS.items() for number, pair in enumerate(members)]
pairs += generated()
assert len({name for name, _, _ in pairs}) == len(pairs)

rows = []
for name, answer, reference in pairs:
    rouge = scorer.score(reference, answer)
    rows.append({
        "name": name,
        "answer": answer,
        "reference": reference,
        "reference_tokens": {
            "bleu": len(tokenizer(reference.rstrip()).split()),
            "f1": len(normalize_answer(reference)),
            "rouge": len(tokenize.tokenize(reference, None)),
        },
        "exact": float(tidy(answer) == tidy(reference)),
        "contains": float(tidy(reference) in re.sub("\r\n|\r", "\n", answer)) if tidy(reference) else None,
        "f1": squad_f1(answer, reference),
        "levenshtein": levenshtein(answer, reference),
        "bleu": sacrebleu.sentence_bleu(answer, [reference]).score,
        **{kind: [rouge[kind].precision, rouge[kind].recall, rouge[kind].fmeasure] for kind in ROUGES},
    })

with_tokens = [row for row in rows if row["reference_tokens"]["bleu"]]
corpora = []
for name, members in [
    *((group, [row for row in with_tokens if re.fullmatch(rf"{group}-\d\d", row["name"])]) for group in PAIRS),
    ("drawn", [row for row in with_tokens if row["name"].startswith("drawn")]),
    ("all", with_tokens),
]:
    if members:
        score = sacrebleu.corpus_bleu([m["answer"] for m in members], [[m["reference"] for m in members]]).score
        corpora.append({"name": name, "pairs": [m["name"] for m in members], "bleu": score})

bleu = sacrebleu.BLEU(effective_order=True)
bleu.sentence_score("x", ["x"])
document = {
    "made_by": "tests/vectors/make_text_metrics.py",
    "tools": {
        "python": platform.python_version(),
        "unicode": unicodedata.unidata_version,
        "sacrebleu": metadata.version("sacrebleu"),
        "rouge_score": metadata.version("rouge_score"),
    },
    "options": {
        "seed": SEED,
        "bleu": f"sentence_bleu(answer, [reference]) with its defaults: {bleu.get_signature()}; corpora with corpus_bleu, eff:no",
        "rouge": "RougeScorer(['rouge1', 'rouge2', 'rougeL']), default tokenizer, no stemmer: precision, recall, F-measure",
        "f1": "normalize_answer and compute_f1 of SQuAD's evaluate-v2.0.py",
        "exact, contains, levenshtein": "white space trimmed (contains: reference only), CRLF and CR as LF; code points",
    },
    "pairs": rows,
    "corpora": corpora,
}
path = pathlib.Path(__file__).with_name("text_metrics.json")
head = {key: value for key, value in document.items() if key not in ("pairs", "corpora")}
lines = json.dumps(head, indent=1).removesuffix("\n}")
for key in ("pairs", "corpora"):
    members = ",\n".join("  " + json.dumps(member) for member in document[key])
    lines += f',\n "{key}": [\n{members}\n ]'
path.write_text(lines + "\n}\n", encoding="ascii")
print(len(rows), "pairs,", len(corpora), "corpora")
