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
        // torchvision numbers all layers, including those without parameters.
        var layers = new List<Module<Tensor, Tensor>>();
        var inputs = 3;
        for (var stage = 0; stage < s_channels.Length; stage++)
        {
            for (var convolution = 0; convolution < convolutions[stage]; convolution++)
            {
                layers.Add(Conv2d(inputs, s_channels[stage], kernel_size: 3, padding: 1));
                layers.Add(BatchNorm2d(s_channels[stage]));
                layers.Add(ReLU(inplace: true));
                inputs = s_channels[stage];
            }

            layers.Add(MaxPool2d(2, stride: 2));
        }

        _features = Numbered(layers);
        _classifier = Numbered(
        [
            Linear(inputs * PooledSide * PooledSide, Hidden),
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
        _classifier.forward(functional.adaptive_avg_pool2d(_features.forward(input), PooledSide).flatten(1));

    private static Sequential Numbered(IEnumerable<Module<Tensor, Tensor>> layers) =>
        Sequential([.. layers.Select((layer, number) => ($"{number}", layer))]);
}
