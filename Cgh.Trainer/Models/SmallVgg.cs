using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// A VGG with batch normalization for small images: three stages of two 3x3 convolutions, then one linear layer on the features pooled to 2x2. The
/// convolutions have the names and the initialization of <see cref="Vgg"/>, the linear layer the default of <c>nn.Linear</c>. No dropout.
/// </summary>
internal sealed class SmallVgg : Module<Tensor, Tensor>
{
    private const int PooledSide = 2;

    private static readonly int[] s_channels = [24, 48, 96];

    private readonly Sequential _features;
    private readonly Linear _classifier;

    public SmallVgg(int classes)
        : base(nameof(SmallVgg))
    {
        _features = VggFeatures.Create(s_channels, [2, 2, 2]);
        _classifier = Linear(s_channels[^1] * PooledSide * PooledSide, classes);
        register_module("features", _features);
        register_module("classifier", _classifier);
        foreach (var convolution in modules().OfType<Conv2d>())
        {
            init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
            init.zeros_(convolution.bias!);
        }
    }

    /// <summary>Creates the model.</summary>
    [Model("vgg-small", lastLayer: "classifier", lastLayerInputs: 96 * PooledSide * PooledSide)]
    public static SmallVgg Create(int classes) => new(classes);

    /// <param name="input">Images, N x 3 x H x W, of at least 8 pixels.</param>
    /// <returns>Logits, N x classes.</returns>
    public override Tensor forward(Tensor input) =>
        _classifier.call(functional.adaptive_avg_pool2d(_features.call(input), PooledSide).flatten(1));
}
