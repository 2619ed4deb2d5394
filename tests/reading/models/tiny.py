"""The smallest networks that say something: they answer a picture with the mean of each of its colours, in input order.

One in each format that an operator may bring, written here byte by byte, so that no file of weights is kept.
"""

import hashlib

import flatbuffers
import numpy as np

SIDE = 8


def onnx() -> bytes:
    """ONNX, 1 x 3 x SIDE x SIDE: GlobalAveragePool."""
    node = _bytes(1, b"pixels") + _bytes(2, b"means") + _bytes(4, b"GlobalAveragePool")
    graph = (
        _bytes(1, node)
        + _bytes(2, b"tiny")
        + _bytes(11, _value(b"pixels", (1, 3, SIDE, SIDE)))
        + _bytes(12, _value(b"means", (1, 3, 1, 1)))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _value(name: bytes, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, side)) for side in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, dims)))


def openvino_ir(folder, name="tiny") -> None:
    """``name.xml`` and ``name.bin``, 1 x 3 x SIDE x SIDE: a mean over both sides."""
    import openvino
    from openvino import opset13

    pixels = opset13.parameter([1, 3, SIDE, SIDE], np.float32, name="pixels")
    means = opset13.reduce_mean(pixels, np.array([2, 3], np.int64))
    openvino.save_model(openvino.Model([means], [pixels], "tiny"), folder / f"{name}.xml")


_AVERAGE_POOL, _POOL_OPTIONS, _VALID = 1, 5, 1


def tflite() -> bytes:
    """tflite, 1 x SIDE x SIDE x 3: one average pool over the whole picture."""
    b = flatbuffers.Builder(1024)
    options = _table(b, 6, {0: ("Int8", _VALID), **dict.fromkeys((1, 2, 3, 4), ("Int32", SIDE))})
    operator = _table(
        b,
        5,
        {1: _ints(b, [0]), 2: _ints(b, [1]), 3: ("Uint8", _POOL_OPTIONS), 4: ("UOffsetTRelative", options)},
    )
    tensors = [
        _table(b, 4, {0: _ints(b, shape), 3: ("UOffsetTRelative", b.CreateString(name))})
        for name, shape in (("pixels", [1, SIDE, SIDE, 3]), ("means", [1, 1, 1, 3]))
    ]
    graph = _table(b, 5, {0: _tables(b, tensors), 1: _ints(b, [0]), 2: _ints(b, [1]), 3: _tables(b, [operator])})
    code = _table(b, 4, {0: ("Int8", _AVERAGE_POOL), 2: ("Int32", 1), 3: ("Int32", _AVERAGE_POOL)})
    buffers = _tables(b, [_table(b, 1, {})])
    model = _table(b, 5, {0: ("Uint32", 3), 1: _tables(b, [code]), 2: _tables(b, [graph]), 4: buffers})
    b.Finish(model, b"TFL3")
    return bytes(b.Output())


def _table(b: flatbuffers.Builder, slots: int, values: dict) -> int:
    b.StartObject(slots)
    for slot, (kind, value) in values.items():
        getattr(b, f"Prepend{kind}Slot")(slot, value, 0)
    return b.EndObject()


def _ints(b: flatbuffers.Builder, values: list[int]) -> tuple[str, int]:
    b.StartVector(4, len(values), 4)
    for value in reversed(values):
        b.PrependInt32(value)
    return "UOffsetTRelative", b.EndVector()


def _tables(b: flatbuffers.Builder, places: list[int]) -> tuple[str, int]:
    b.StartVector(4, len(places), 4)
    for place in reversed(places):
        b.PrependUOffsetTRelative(place)
    return "UOffsetTRelative", b.EndVector()


def manifest(name, fmt, files, *, non_commercial=False, **template) -> str:
    """A manifest of such a model; ``files`` by name, ``template`` lays over size, colour, mean, scale, metric."""
    t = {"size": SIDE, "colour": '"RGB"', "mean": 0.0, "scale": 1.0, "dimensions": 3, "metric": '"cosine"', **template}
    rows = "\n".join(f"{key} = {value}" for key, value in t.items())
    listed = "\n".join(
        f'[[{name}.files]]\nname = "{file}"\nsha256 = "{hashlib.sha256(data).hexdigest()}"'
        for file, data in files.items()
    )
    return f"""
[{name}]
role = "face-embedding"
title = "A model of one's own"
licence = "some"
training_data = "own"
non_commercial = {str(non_commercial).lower()}
origin = "https://example.org/"
format = "{fmt}"

{listed}

[{name}.template]
{rows}
points = [[0.31, 0.46], [0.68, 0.46], [0.5, 0.64], [0.35, 0.82], [0.65, 0.82]]

[{name}.measured]
set = "none"
command = "none"
may_reject = false
match = 1e-4
uncertain = 1e-3
rates = [
  {{ false_match_rate = 1e-3, similarity = 0.5, false_non_match_rate = 0.9 }},
  {{ false_match_rate = 1e-4, similarity = 0.9, false_non_match_rate = 0.99 }},
]
"""
