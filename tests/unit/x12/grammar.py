"""X12 files as Hypothesis makes them: good ones of each kind, broken by segment and by element."""

from copy import deepcopy

from hypothesis import strategies as st

from tests.unit.check import bases

IDS = ("REF", "NM1", "DTP", "HL", "CLM", "CLP", "SVC", "CAS", "PLB", "LX", "ST", "SE", "GS", "GE",
       "ISA", "IEA", "TA1", "ZZZ", "stc", "")
VALUES = st.one_of(
    st.sampled_from(("", "0", "-1", "1E9", "+5", "5.", ".5", "20260231", "20260504-20260501",
                     "A:B:C:D:E:F:G:H:I", ":", "^", "9" * 400, "\u0661\u0662", "\ufeff", "AA")),
    st.text(max_size=12), st.integers(-10**20, 10**20).map(str),
)
MARKS = st.sampled_from(("*:^~", "|>!+", "*:^\n", "*::~", "AB^~", "<;@%"))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a file: one to three interchanges, each with some edits."""
    out = b""
    for _ in range(draw(st.integers(1, 3))):
        segments = deepcopy(bases.base(draw(st.sampled_from(sorted(bases.KINDS)))))
        for _ in range(draw(st.integers(0, 6))):
            _edit(draw, segments)
        if draw(st.booleans()):
            segments = bases.recounted(segments)
        out += _written(segments, draw(MARKS))
    cut = draw(st.integers(0, 40))
    return out[: len(out) - cut] if draw(st.booleans()) else out


def _edit(draw: st.DrawFn, segments: bases.Segments) -> None:
    if not segments:
        return
    at = draw(st.integers(0, len(segments) - 1))
    match draw(st.sampled_from(("drop", "repeat", "move", "rename", "element", "grow"))):
        case "drop":
            del segments[at]
        case "repeat":
            segments.insert(at, list(segments[at]))
        case "move":
            segments.insert(draw(st.integers(0, len(segments) - 1)), segments.pop(at))
        case "rename":
            segments[at][0] = draw(st.sampled_from(IDS))
        case "element":
            place = draw(st.integers(0, len(segments[at]) - 1))
            segments[at][place] = draw(VALUES)
        case "grow":
            segments[at] += [draw(VALUES) for _ in range(draw(st.integers(1, 25)))]


def _written(segments: bases.Segments, marks: str) -> bytes:
    text = "".join("*".join(segment) + "~\n" for segment in segments)
    table = str.maketrans(dict(zip("*:^~", marks, strict=True)))
    return text.translate(table).encode("utf-8", "replace")
