using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cgh.Trainer.Models;

/// <summary>A branch of an Inception block.</summary>
/// <param name="Chain">Convolutions in sequence.</param>
internal sealed record InceptionBranch(params (string Name, NormalizedConvolution Layer)[] Chain)
{
    /// <summary>Pooling before the chain; null for none.</summary>
    public Func<Tensor, Tensor>? Pool { get; init; }

    /// <summary>Parallel convolutions after the chain, whose outputs are concatenated.</summary>
    public (string Name, NormalizedConvolution Layer)[] Fork { get; init; } = [];
}

/// <summary>Parallel branches on the same input, whose output channels are concatenated.</summary>
internal sealed class InceptionBlock : Module<Tensor, Tensor>
{
    private readonly InceptionBranch[] _branches;

    private InceptionBlock(string name, params InceptionBranch[] branches)
        : base(name)
    {
        _branches = branches;
        foreach (var (layerName, layer) in branches.SelectMany(branch => branch.Chain.Concat(branch.Fork)))
        {
            register_module(layerName, layer);
        }
    }

    /// <summary>torchvision's <c>InceptionA</c>: 35x35 to 35x35.</summary>
    public static InceptionBlock A(int inputs, int poolChannels) => new(
        "InceptionA",
        new InceptionBranch(("branch1x1", new(inputs, 64, 1))),
        new InceptionBranch(("branch5x5_1", new(inputs, 48, 1)), ("branch5x5_2", new(48, 64, 5, padding: 2))),
        new InceptionBranch(
            ("branch3x3dbl_1", new(inputs, 64, 1)),
            ("branch3x3dbl_2", new(64, 96, 3, padding: 1)),
            ("branch3x3dbl_3", new(96, 96, 3, padding: 1))),
        new InceptionBranch(("branch_pool", new(inputs, poolChannels, 1))) { Pool = Average });

    /// <summary>torchvision's <c>InceptionB</c>: 35x35 to 17x17.</summary>
    public static InceptionBlock B(int inputs) => new(
        "InceptionB",
        new InceptionBranch(("branch3x3", new(inputs, 384, 3, stride: 2))),
        new InceptionBranch(
            ("branch3x3dbl_1", new(inputs, 64, 1)),
            ("branch3x3dbl_2", new(64, 96, 3, padding: 1)),
            ("branch3x3dbl_3", new(96, 96, 3, stride: 2))),
        new InceptionBranch { Pool = Maximum });

    /// <summary>torchvision's <c>InceptionC</c>: 17x17 to 17x17.</summary>
    public static InceptionBlock C(int inputs, int channels) => new(
        "InceptionC",
        new InceptionBranch(("branch1x1", new(inputs, 192, 1))),
        new InceptionBranch(("branch7x7_1", new(inputs, channels, 1)), ("branch7x7_2", Row(channels, channels)), ("branch7x7_3", Column(channels, 192))),
        new InceptionBranch(
            ("branch7x7dbl_1", new(inputs, channels, 1)),
            ("branch7x7dbl_2", Column(channels, channels)),
            ("branch7x7dbl_3", Row(channels, channels)),
            ("branch7x7dbl_4", Column(channels, channels)),
            ("branch7x7dbl_5", Row(channels, 192))),
        new InceptionBranch(("branch_pool", new(inputs, 192, 1))) { Pool = Average });

    /// <summary>torchvision's <c>InceptionD</c>: 17x17 to 8x8.</summary>
    public static InceptionBlock D(int inputs) => new(
        "InceptionD",
        new InceptionBranch(("branch3x3_1", new(inputs, 192, 1)), ("branch3x3_2", new(192, 320, 3, stride: 2))),
        new InceptionBranch(
            ("branch7x7x3_1", new(inputs, 192, 1)),
            ("branch7x7x3_2", Row(192, 192)),
            ("branch7x7x3_3", Column(192, 192)),
            ("branch7x7x3_4", new(192, 192, 3, stride: 2))),
        new InceptionBranch { Pool = Maximum });

    /// <summary>torchvision's <c>InceptionE</c>: 8x8 to 8x8.</summary>
    public static InceptionBlock E(int inputs) => new(
        "InceptionE",
        new InceptionBranch(("branch1x1", new(inputs, 320, 1))),
        new InceptionBranch(("branch3x3_1", new(inputs, 384, 1)))
        {
            Fork = [("branch3x3_2a", Row(384, 384, length: 3)), ("branch3x3_2b", Column(384, 384, length: 3))],
        },
        new InceptionBranch(("branch3x3dbl_1", new(inputs, 448, 1)), ("branch3x3dbl_2", new(448, 384, 3, padding: 1)))
        {
            Fork = [("branch3x3dbl_3a", Row(384, 384, length: 3)), ("branch3x3dbl_3b", Column(384, 384, length: 3))],
        },
        new InceptionBranch(("branch_pool", new(inputs, 192, 1))) { Pool = Average });

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return cat([.. _branches.SelectMany(branch => Through(branch, input))], 1).MoveToOuterDisposeScope();
    }

    private static IEnumerable<Tensor> Through(InceptionBranch branch, Tensor input)
    {
        var inner = branch.Pool is null ? input : branch.Pool(input);
        foreach (var (_, layer) in branch.Chain)
        {
            inner = layer.call(inner);
        }

        return branch.Fork.Length == 0 ? [inner] : branch.Fork.Select(side => side.Layer.call(inner));
    }

    private static NormalizedConvolution Row(int inputs, int outputs, int length = 7) => new(inputs, outputs, (1, length), (0, length / 2));

    private static NormalizedConvolution Column(int inputs, int outputs, int length = 7) => new(inputs, outputs, (length, 1), (length / 2, 0));

    // The mean includes the padding, which is Torch's default.
    private static Tensor Average(Tensor input) => functional.avg_pool2d(input, 3, stride: 1, padding: 1);

    private static Tensor Maximum(Tensor input) => functional.max_pool2d(input, 3, stride: 2);
}
