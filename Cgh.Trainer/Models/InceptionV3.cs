using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// Inception-V3 (Rethinking the Inception Architecture, Szegedy et al. 2015), for images of 299 pixels, with torchvision's
/// parameter names and initialization: weights are normal with standard deviation 0.1 (0.001 for the auxiliary head's last layer),
/// truncated at -2 and 2; biases have the default of <c>nn.Linear</c>. The last layer is preceded by dropout of 0.5.
/// </summary>
/// <remarks>
/// torchvision intends a standard deviation of 0.01 for one convolution of the auxiliary head, but sets it on the enclosing module,
/// where its initialization ignores it. That convolution therefore has 0.1, there and here.
/// </remarks>
internal sealed class InceptionV3 : Module<Tensor, Tensor>, IHasAuxiliaryHead
{
    private readonly Module<Tensor, Tensor>[] _lower;
    private readonly InceptionAuxiliary? _auxiliary;
    private readonly Module<Tensor, Tensor>[] _upper;
    private readonly Dropout _dropout;
    private readonly Linear _fc;

    /// <param name="classes">Number of outputs.</param>
    /// <param name="auxiliaryLogits">Whether to add the auxiliary classifier on the 17x17 features, and its parameters.</param>
    public InceptionV3(int classes, bool auxiliaryLogits)
        : base(nameof(InceptionV3))
    {
        _lower = Register(
            ("Conv2d_1a_3x3", new NormalizedConvolution(3, 32, 3, stride: 2)),
            ("Conv2d_2a_3x3", new NormalizedConvolution(32, 32, 3)),
            ("Conv2d_2b_3x3", new NormalizedConvolution(32, 64, 3, padding: 1)),
            ("maxpool1", MaxPool2d(3, stride: 2)),
            ("Conv2d_3b_1x1", new NormalizedConvolution(64, 80, 1)),
            ("Conv2d_4a_3x3", new NormalizedConvolution(80, 192, 3)),
            ("maxpool2", MaxPool2d(3, stride: 2)),
            ("Mixed_5b", InceptionBlock.A(192, poolChannels: 32)),
            ("Mixed_5c", InceptionBlock.A(256, poolChannels: 64)),
            ("Mixed_5d", InceptionBlock.A(288, poolChannels: 64)),
            ("Mixed_6a", InceptionBlock.B(288)),
            ("Mixed_6b", InceptionBlock.C(768, channels: 128)),
            ("Mixed_6c", InceptionBlock.C(768, channels: 160)),
            ("Mixed_6d", InceptionBlock.C(768, channels: 160)),
            ("Mixed_6e", InceptionBlock.C(768, channels: 192)));
        if (auxiliaryLogits)
        {
            _auxiliary = new InceptionAuxiliary(768, classes);
            register_module("AuxLogits", _auxiliary);
        }

        _upper = Register(
            ("Mixed_7a", InceptionBlock.D(768)),
            ("Mixed_7b", InceptionBlock.E(1280)),
            ("Mixed_7c", InceptionBlock.E(2048)));
        _dropout = Dropout(0.5);
        _fc = Linear(2048, classes);
        register_module("dropout", _dropout);
        register_module("fc", _fc);

        // named_parameters has the order of PyTorch's modules(), unlike TorchSharp's modules(). The same seed thus gives torchvision's weights.
        foreach (var (name, weight) in named_parameters().Where(parameter => parameter.parameter.dim() > 1))
        {
            DrawTruncated(weight, name == $"{InceptionAuxiliary.LastLayer}.weight" ? 0.001 : 0.1);
        }
    }

    /// <summary>Creates torchvision's <c>inception_v3</c> without <c>transform_input</c>.</summary>
    [Model("inception-v3", lastLayer: "fc", lastLayerInputs: 2048)]
    public static InceptionV3 Create(int classes, bool auxiliaryLogits) => new(classes, auxiliaryLogits);

    /// <param name="input">Images, N x 3 x H x W, of at least 75 pixels.</param>
    /// <returns>Logits, N x classes.</returns>
    public override Tensor forward(Tensor input) => Classify(Through(_lower, input));

    /// <inheritdoc/>
    public (Tensor Logits, Tensor? Auxiliary) ForwardBoth(Tensor input)
    {
        var features = Through(_lower, input);
        return (Classify(features), training ? _auxiliary?.call(features) : null);
    }

    private Tensor Classify(Tensor features) =>
        _fc.call(_dropout.call(functional.adaptive_avg_pool2d(Through(_upper, features), 1)).flatten(1));

    private Module<Tensor, Tensor>[] Register(params (string Name, Module<Tensor, Tensor> Layer)[] layers)
    {
        foreach (var (name, layer) in layers)
        {
            register_module(name, layer);
        }

        return [.. layers.Select(layer => layer.Layer)];
    }

    // Draws like torch.nn.init.trunc_normal_, including -2 for a uniform number of -1, about once in 2^24. TorchSharp's trunc_normal_
    // gives other values.
    private static void DrawTruncated(Tensor weight, double deviation)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        weight.copy_(rand(weight.shape).mul_(2).sub_(1).erfinv_().mul_(deviation * Math.Sqrt(2)).clamp_(-2, 2));
    }

    // Disposes intermediate outputs immediately; otherwise, an evaluation would keep all of them.
    private static Tensor Through(Module<Tensor, Tensor>[] layers, Tensor input)
    {
        using var scope = NewDisposeScope();
        return layers.Aggregate(input, (x, layer) =>
        {
            var y = layer.call(x);
            if (!ReferenceEquals(x, input))
            {
                x.Dispose();
            }

            return y;
        }).MoveToOuterDisposeScope();
    }
}
