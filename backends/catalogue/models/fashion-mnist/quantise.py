"""Turns an fp32 ONNX model into fp16 and int8 forms. Used by make-models.py; knows nothing of data sets or files.

Made for small convolutional networks exported by PyTorch; it asserts what it relies on.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def to_fp16(model):
    """All weights to float16, with a cast at either edge so that inputs and outputs stay float32."""
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            halved = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(halved, tensor.name))
    inputs, outputs = [i.name for i in graph.input], [o.name for o in graph.output]
    for node in graph.node:
        node.input[:] = [f"{name}_h" if name in inputs else name for name in node.input]
        node.output[:] = [f"{name}_h" if name in outputs else name for name in node.output]
    before = [helper.make_node("Cast", [n], [f"{n}_h"], f"{n}_c", to=TensorProto.FLOAT16) for n in inputs]
    after = [helper.make_node("Cast", [f"{n}_h"], [n], f"{n}_c", to=TensorProto.FLOAT) for n in outputs]
    replace(graph.node, [*before, *graph.node, *after])
    return model


def to_int8(model, calibration):
    """Static quantisation in QDQ form: uint8 activations per tensor, int8 weights per channel, int32 biases.

    Activation ranges are the extremes seen over `calibration`. That is crude and was checked by measuring accuracy:
    these networks lose nothing; others may.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    ranges = activation_ranges(model, activations_to_quantise(graph, weights), calibration)
    scales, quantised, tensors, nodes = {}, {}, [], []

    def add_constant(name, values):
        tensors.append(numpy_helper.from_array(np.asarray(values), name))

    def add_weights(name, scale, kind):
        """Stores round(values / scale), one scale for each first index; returns the name of the dequantised form."""
        values = numpy_helper.to_array(weights[name])
        limit = np.iinfo(kind).max
        shaped = scale.reshape(-1, *[1] * (values.ndim - 1))
        add_constant(f"{name}_q", np.clip(np.rint(values / shaped), -limit, limit).astype(kind))
        add_constant(f"{name}_s", scale)
        add_constant(f"{name}_z", np.zeros(len(scale), kind))
        names = [f"{name}_q", f"{name}_s", f"{name}_z"]
        nodes.append(helper.make_node("DequantizeLinear", names, [f"{name}_dq"], f"{name}_DQ", axis=0))
        del weights[name]
        return f"{name}_dq"

    def add_activation(name):
        low, high = ranges[name]
        scales[name] = np.float32(max((high - low) / 255, 1e-8))
        add_constant(f"{name}_s", scales[name])
        add_constant(f"{name}_z", np.uint8(np.clip(np.rint(-low / scales[name]), 0, 255)))
        parameters = [f"{name}_s", f"{name}_z"]
        nodes.append(helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_q"], f"{name}_Q"))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}_q", *parameters], [f"{name}_dq"], f"{name}_DQ"))
        quantised[name] = f"{name}_dq"

    for tensor in graph.input:
        if tensor.name in ranges:
            add_activation(tensor.name)
    for node in graph.node:
        if has_weights(node, weights):
            values = numpy_helper.to_array(weights[node.input[1]])
            # A convolution's and a transposed matrix's output channels come first.
            others = tuple(range(1, values.ndim))
            scale = (np.maximum(np.abs(values).max(axis=others), 1e-12) / 127).astype(np.float32)
            node.input[1] = add_weights(node.input[1], scale, np.int8)
            if len(node.input) > 2:
                # The runtime adds int32 biases to int32 sums, whose step is the product of both scales.
                node.input[2] = add_weights(node.input[2], scale * scales[node.input[0]], np.int32)
        node.input[:] = [quantised.get(name, name) for name in node.input]
        nodes.append(node)
        if node.output[0] in ranges:
            add_activation(node.output[0])
    replace(graph.node, nodes)
    replace(graph.initializer, [*weights.values(), *tensors])
    return model


def has_weights(node, weights):
    if node.op_type == "Gemm":
        assert any(a.name == "transB" and a.i == 1 for a in node.attribute), "expected PyTorch's transposed weights"
    return node.op_type in ("Conv", "Gemm") and node.input[1] in weights


def activations_to_quantise(graph, weights):
    """What enters and leaves the heavy nodes; after the Relu where one follows, since the runtime fuses the two."""
    relu = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Relu"}
    names = set()
    for node in graph.node:
        if has_weights(node, weights) or node.op_type in ("Add", "MaxPool"):
            entering = node.input[:1] if has_weights(node, weights) else node.input
            names.update(entering)
            names.add(relu.get(node.output[0], node.output[0]))
    return names - {tensor.name for tensor in graph.output}


def activation_ranges(model, names, calibration):
    """Least and greatest value (at most 0, at least 0) of each named tensor over the calibration images."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    feed = {probe.graph.input[0].name: calibration}
    wanted = sorted(names - set(feed))
    probe.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options, ["CPUExecutionProvider"])
    values = {**feed, **dict(zip(wanted, session.run(wanted, feed)))}
    return {name: (min(0.0, float(values[name].min())), max(0.0, float(values[name].max()))) for name in names}


def replace(repeated, items):
    items = list(items)
    del repeated[:]
    repeated.extend(items)
