using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>Architecture of a residual network.</summary>
/// <param name="Channels">Channels of the 3x3 convolutions in each stage; the stem has those of the first stage.</param>
/// <param name="Blocks">Number of blocks in each stage.</param>
/// <param name="Bottlenecks">Whether the blocks are <see cref="Bottleneck"/> instead of <see cref="BasicBlock"/>.</param>
/// <param name="SmallImages">
/// False: the stem is a 7x7 convolution with stride 2 and max pooling with stride 2, for 224 pixels. True: the stem is a 3x3 convolution
/// with stride 1, for 16 to 64 pixels.
/// </param>
internal sealed record ResNetShape(IReadOnlyList<int> Channels, IReadOnlyList<int> Blocks, bool Bottlenecks = false, bool SmallImages = false);

/// <summary>
/// Residual network (Deep Residual Learning, He et al. 2015), with torchvision's parameter names and initialization: He initialization (normal,
/// fan-out) of convolutions, weight 1 and bias 0 of batch normalization, and the default of <c>nn.Linear</c> for the last layer.
/// </summary>
internal sealed class ResNet : Module<Tensor, Tensor>
{
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly MaxPool2d? _maxpool;
    private readonly Sequential[] _layers;
    private readonly Linear _fc;

    public ResNet(ResNetShape shape, int classes)
        : base(nameof(ResNet))
    {
        var stem = shape.Channels[0];
        _conv1 = shape.SmallImages
            ? Conv2d(3, stem, kernel_size: 3, padding: 1, bias: false)
            : Conv2d(3, stem, kernel_size: 7, stride: 2, padding: 3, bias: false);
        _bn1 = BatchNorm2d(stem);
        _maxpool = shape.SmallImages ? null : MaxPool2d(3, stride: 2, padding: 1);
        register_module("conv1", _conv1);
        register_module("bn1", _bn1);

        _layers = new Sequential[shape.Channels.Count];
        var inputs = stem;
        for (var stage = 0; stage < _layers.Length; stage++)
        {
            var blocks = new (string, Module<Tensor, Tensor>)[shape.Blocks[stage]];
            for (var block = 0; block < blocks.Length; block++)
            {
                var channels = shape.Channels[stage];
                var stride = stage > 0 && block == 0 ? 2 : 1;
                blocks[block] = ($"{block}", shape.Bottlenecks ? new Bottleneck(inputs, channels, stride) : new BasicBlock(inputs, channels, stride));
                inputs = shape.Bottlenecks ? channels * Bottleneck.Expansion : channels;
            }

            _layers[stage] = Sequential(blocks);
            register_module($"layer{stage + 1}", _layers[stage]);
        }

        _fc = Linear(inputs, classes);
        register_module("fc", _fc);
        foreach (var convolution in modules().OfType<Conv2d>())
        {
            init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
        }
    }

    /// <summary>Creates torchvision's <c>resnet18</c>.</summary>
    [Model("resnet18", lastLayer: "fc", lastLayerInputs: 512)]
    public static ResNet ResNet18(int classes) => new(new([64, 128, 256, 512], [2, 2, 2, 2]), classes);

    /// <summary>Creates torchvision's <c>resnet34</c>.</summary>
    [Model("resnet34", lastLayer: "fc", lastLayerInputs: 512)]
    public static ResNet ResNet34(int classes) => new(new([64, 128, 256, 512], [3, 4, 6, 3]), classes);

    /// <summary>Creates torchvision's <c>resnet50</c>.</summary>
    [Model("resnet50", lastLayer: "fc", lastLayerInputs: 2048)]
    public static ResNet ResNet50(int classes) => new(new([64, 128, 256, 512], [3, 4, 6, 3], Bottlenecks: true), classes);

    /// <summary>Creates a network of three stages with one block each, starting with 24 channels, for images of 16 to 64 pixels.</summary>
    [Model("resnet-small", lastLayer: "fc", lastLayerInputs: 96)]
    public static ResNet Small(int classes) => new(new([24, 48, 96], [1, 1, 1], SmallImages: true), classes);

    /// <param name="input">Images, N x 3 x H x W.</param>
    /// <returns>Logits, N x classes.</returns>
    public override Tensor forward(Tensor input)
    {
        var x = _bn1.call(_conv1.call(input)).relu_();
        if (_maxpool is not null)
        {
            x = _maxpool.call(x);
        }

        foreach (var layer in _layers)
        {
            x = layer.call(x);
        }

        return _fc.call(functional.adaptive_avg_pool2d(x, 1).flatten(1));
    }
}
