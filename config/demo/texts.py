"""Texts of tickets: what people say, how desks write it down, what is answered.

The sentences of each category are in ``phrases/*.toml``; here they are joined the way each channel
sounds. Texts run from 20 characters (a snap) to 3,000 (a letter with several problems); a few carry
emoji or rare characters. Nothing in them was taken from a real petition.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from config.demo import letters
from config.demo.seeds import Weighted

FOLDER = Path(__file__).parent / "phrases"
MOODS = ("😡", "😭", "🙏", "🙏🙏", "👍", "❄️", "😤", "🚗")
SINCE = (
    "这半个月", "最近一周", "从上周开始", "最近这几天", "一个多月来", "最近两个月", "这段时间", "这三天", "连着好几天",
)  # fmt: skip
SPAN = ("三天", "五天", "一周多", "半个月", "一个多月", "两个月", "小半年")
HOURS = ("晚上八点", "晚上九点多", "晚上十点", "凌晨一点", "早上五点", "早上六点", "下午四点", "傍晚六点")
PEOPLE = ("十几户", "二十多户", "三十来户", "整栋楼五十多户", "八九户", "上百户居民")
WORKERS = ("十多名工友", "八个人", "二十几个工人")
TIMES = ("两次", "三次", "三四次", "好几次", "五六次")

# What only a town has.
URBAN = re.compile(r"\{(floor|building|place)\}|楼|单元|小区|走廊|物业|绿地|电梯|车位|门禁|业主|社区")

# How likely each channel is to write at each length.
LENGTHS = {
    "snap": Weighted([("short", 60), ("plain", 36), ("full", 4)]),
    "grid_worker": Weighted([("short", 22), ("plain", 68), ("full", 10)]),
    "hotline": Weighted([("short", 6), ("plain", 50), ("full", 40), ("long", 4)]),
    "transfer": Weighted([("plain", 20), ("full", 45), ("long", 29), ("letter", 6)]),
}
ORDINARY = Weighted([("short", 8), ("plain", 52), ("full", 35), ("long", 5)])


@dataclass(frozen=True)
class Phrases:
    """Sentences of one category."""

    kind: str
    titles: tuple[str, ...]
    problems: tuple[str, ...]
    details: tuple[str, ...]
    wishes: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """Where a ticket plays: names that the sentences are filled with."""

    complex: str
    building: str
    stair: str
    road: str
    community: str
    village: bool = False

    @property
    def place(self) -> str:
        return f"{self.complex}{self.building}{self.stair}"


@dataclass(frozen=True)
class Written:
    title: str
    text: str


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Phrases]:
    """All categories by code; ``KeyError`` in a file names the category and what it lacks."""
    found: dict[str, Phrases] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for code, table in tomllib.loads(path.read_text("utf-8")).items():
            lists = {key: tuple(table[key]) for key in ("titles", "problems", "details", "wishes", "actions")}
            found[code] = Phrases(kind=table["kind"], **lists)
    return found


@lru_cache(maxsize=1)
def troubles() -> tuple[str, ...]:
    """Categories of everyday troubles: what a long letter wanders off to."""
    return tuple(
        code for code, words in sorted(phrases().items())
        if words.kind in ("complaint", "help", "report") and code[:2] in ("01", "03", "04", "05", "06", "07")
    )  # fmt: skip


class Writer:
    """Writes one ticket: all draws come from ``chance``, in a fixed order."""

    def __init__(self, code: str, scene: Scene, chance: random.Random, stories: list[str] | None = None) -> None:
        self.words = phrases()[code]
        self.code = code
        self.scene = scene
        self.chance = chance
        self.at_home = code[:2] in ("01", "02", "03")
        self.asking = self.words.kind in ("consultation", "suggestion")
        self.stories = stories
        self.problem = ""
        self.slots = {
            "complex": scene.complex,
            "building": scene.building,
            "place": scene.place,
            "road": scene.road,
            "community": scene.community,
            "since": chance.choice(SINCE),
            "span": chance.choice(SPAN),
            "hour": chance.choice(HOURS),
            "people": chance.choice(WORKERS if code == "1008" else PEOPLE),
            "times": chance.choice(TIMES),
            "floor": f"{chance.choice('二三四五六')}楼",
            "n": str(chance.randint(3, 6)),
            "temp": str(chance.randint(12, 17)),
            "money": str(chance.randrange(3, 96) * 1000),
        }

    def fill(self, sentence: str) -> str:
        return sentence.format_map(self.slots)

    def pick(self, sentences: Sequence[str]) -> str:
        return self.fill(self.chance.choice(self._fitting(sentences)))

    def _fitting(self, sentences: Sequence[str]) -> Sequence[str]:
        """In a village nothing that takes a block of flats, as far as there is anything else."""
        if not self.scene.village:
            return sentences
        return [one for one in sentences if not URBAN.search(one)] or sentences

    def some(self, sentences: Sequence[str], count: int) -> list[str]:
        sentences = self._fitting(sentences)
        return [self.fill(one) for one in self.chance.sample(sentences, min(count, len(sentences)))]

    # --- what came in

    def write(self, channel: str) -> Written:
        """Title and text in the tone of the channel."""
        self.problem = self.pick(self.words.problems)
        length = LENGTHS.get(channel, ORDINARY).draw(self.chance)
        text = getattr(self, f"_{length}")(channel)
        if channel in ("snap", "transfer") and self.chance.random() < 0.04:
            text += self.chance.choice(MOODS)
        return Written(self._title(), text)

    def _title(self) -> str:
        """What the first problem says, or, now and then, the category's usual heading."""
        first = self.problem.split("，")[0]
        if self.chance.random() < 0.2 or not 5 <= len(first) <= 26:
            return self.pick(self.words.titles)
        if self.scene.complex in first or self.scene.road in first or self.scene.community in first:
            return first
        return f"{self.scene.complex}：{first}" if self.at_home and self.chance.random() < 0.6 else first

    def _short(self, channel: str) -> str:
        problem = self.problem
        if len(problem) < 14:
            problem = f"{self.scene.place}：{problem}"
        wish = self.pick(self.words.wishes)
        return f"{problem}。{wish}。" if self.chance.random() < 0.7 else f"{problem}，{wish}"

    def _start(self, channel: str) -> str:
        return self.pick(letters.STARTS.get(channel, letters.STARTS["hotline"]))

    def _where(self) -> str:
        """Where it is, when the problem itself does not say so."""
        if any(name in self.problem for name in (self.scene.complex, self.scene.road, self.scene.community)):
            return ""
        return f"地点在{self.scene.place}。" if self.chance.random() < 0.5 else f"涉及{self.scene.complex}。"

    def _tried(self) -> str:
        if self.asking:
            return self.pick(letters.TRIED_ASKING)
        return self.pick(letters.TRIED_HOME + letters.TRIED if self.at_home else letters.TRIED)

    def _effects(self, count: int) -> list[str]:
        return self.some(letters.EFFECTS_ASKING if self.asking else letters.EFFECTS, count)

    def _plain(self, channel: str) -> str:
        parts = [f"{self._start(channel)}{self.problem}。{self._where()}{self.pick(self.words.details)}。"]
        if self.chance.random() < 0.55:
            parts.append(f"{self._tried()}。")
        if self.chance.random() < 0.35:
            parts += self._effects(1)
        return f"{''.join(parts)}{self.pick(self.words.wishes)}。"

    def _full(self, channel: str) -> str:
        body = [f"{self._start(channel)}{self.problem}。{self._where()}"]
        body += [f"另外，{problem}。" for problem in self._others(1)]
        body += [f"{line}。" for line in self.some(self.words.details, 2)]
        body += [f"{self._tried()}。", *self._effects(2)]
        return f"{''.join(body)}{'；'.join(self.some(self.words.wishes, 2))}。"

    def _others(self, count: int) -> list[str]:
        """Further problems of the category."""
        return [one for one in self.some(self.words.problems, count + 1) if one != self.problem][:count]

    def _long(self, channel: str) -> str:
        return self._framed(self._page(problems=3, effects=5, stories=4))

    def _letter(self, channel: str) -> str:
        """A letter with problems of several categories, up to 3,000 characters."""
        pages = [self._page(problems=5, effects=8, stories=6)]
        size, wanted = len(pages[0]), self.chance.randint(1200, 2800)
        while size < wanted:
            other = Writer(self.chance.choice(troubles()), self.scene, self.chance, self.stories)
            page = f"此外，{self.pick(letters.BRIDGES)}\n" + other._page(problems=4, effects=3, stories=2)
            if size + len(page) > 2850:
                break
            pages.append(page)
            size += len(page)
        return self._framed("\n".join(pages))

    def _framed(self, body: str) -> str:
        return f"{self.pick(letters.GREETINGS)}\n{body}\n{self.pick(letters.ENDINGS)}"

    def _tell(self, count: int) -> str:
        """Further sentences of the story; a letter never tells one twice, a question tells none."""
        if self.asking:
            return ""
        if self.stories is None:
            pool = letters.STORY + (letters.STORY_HOME if self.at_home else ())
            self.stories = self.chance.sample(pool, len(pool))
        told, self.stories[:count] = self.stories[:count], []
        return "".join(self.fill(line) for line in told)

    def _page(self, problems: int, effects: int, stories: int) -> str:
        self.problem = self.problem or self.pick(self.words.problems)
        lines = [
            f"{letters.ORDER[number]}{problem}。{self._tell(1)}"
            for number, problem in enumerate([self.problem, *self._others(problems - 1)])
        ]
        lines.append("".join(f"{line}。" for line in self.some(self.words.details, 3)) + self._tell(stories))
        lines.append(f"{self._tried()}。" + "".join(self._effects(effects)))
        lines.append(f"{'；'.join(self.some(self.words.wishes, 3))}。")
        return "\n".join(lines)

    # --- what was done

    def reply(self, body: str, title: str) -> str:
        """The handler's answer to the ticket called ``title``, signed by ``body``."""
        action = "；".join(self.some(self.words.actions, 1 if self.chance.random() < 0.7 else 2))
        frame = self.chance.choice(letters.REPLIES_ASKING if self.asking else letters.REPLIES)
        return frame.format_map({**self.slots, "action": action, "body": body, "title": title})

    def note(self, kind: str) -> str:
        """A short note of an official: one of the lists of ``letters.NOTES``."""
        return self.pick(letters.NOTES[kind])
