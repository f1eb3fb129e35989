using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>
/// VGG with batch normalization (Very Deep Convolutional Networks, Simonyan and Zisserman 2014), with torchvision's parameter
/// names and initialization: He initialization (normal, fan-out) of convolutions, normal with standard deviation 0.01 for the three
/// linear layers, and all biases 0. The first two linear layers are followed by dropout of 0.5.
/// </summary>
internal sealed class Vgg : Module<Tensor, Tensor>
{
    private const int Hidden = 4096;
    private const int PooledSide = 7;

    private static readonly int[] s_channels = [64, 128, 256, 512, 512];

    private readonly Sequential _features;
    private readonly Sequential _classifier;

    /// <param name="convolutions">Number of 3x3 convolutions before each of the five max-pooling layers.</param>
    /// <param name="classes">Number of outputs.</param>
    public Vgg(IReadOnlyList<int> convolutions, int classes)
        : base(nameof(Vgg))
    {
        _features = VggFeatures.Create(s_channels, convolutions);
        _classifier = VggFeatures.Numbered(
        [
            Linear(s_channels[^1] * PooledSide * PooledSide, Hidden),
            ReLU(inplace: true),
            Dropout(0.5),
            Linear(Hidden, Hidden),
            ReLU(inplace: true),
            Dropout(0.5),
            Linear(Hidden, classes),
        ]);
        register_module("features", _features);
        register_module("classifier", _classifier);
        foreach (var module in modules())
        {
            if (module is Conv2d convolution)
            {
                init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
                init.zeros_(convolution.bias!);
            }
            else if (module is Linear linear)
            {
                init.normal_(linear.weight, mean: 0, std: 0.01);
                init.zeros_(linear.bias!);
            }
        }
    }

    /// <summary>Creates torchvision's <c>vgg13_bn</c>.</summary>
    [Model("vgg13-bn", lastLayer: "classifier.6", lastLayerInputs: Hidden)]
    public static Vgg Vgg13(int classes) => new([2, 2, 2, 2, 2], classes);

    /// <summary>Creates torchvision's <c>vgg16_bn</c>.</summary>
    [Model("vgg16-bn", lastLayer: "classifier.6", lastLayerInputs: Hidden)]
    public static Vgg Vgg16(int classes) => new([2, 2, 3, 3, 3], classes);

    /// <param name="input">Images, N x 3 x H x W, of at least 32 pixels.</param>
    /// <returns>Logits, N x classes.</returns>
    public override Tensor forward(Tensor input) =>
        _classifier.call(functional.adaptive_avg_pool2d(_features.call(input), PooledSide).flatten(1));
}
