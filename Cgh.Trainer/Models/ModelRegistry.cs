using Cgh.Core;
using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>The models of <see cref="RunSpecRules.Models"/>, by name.</summary>
internal static class ModelRegistry
{
    private static readonly Dictionary<string, ResNetShape> s_shapes = new(StringComparer.Ordinal)
    {
        ["resnet18"] = new([64, 128, 256, 512], Blocks: 2, SmallImages: false),
        ["resnet-small"] = new([24, 48, 96], Blocks: 1, SmallImages: true),
    };

    public static IReadOnlyCollection<string> Names => s_shapes.Keys;

    /// <summary>A new model, its weights drawn from Torch's generator.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="classes">Outputs.</param>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static nn.Module<Tensor, Tensor> Create(string name, int classes) =>
        s_shapes.TryGetValue(name, out var shape)
            ? new ResNet(shape, classes)
            : throw UserErrorException.Usage($"Unknown model '{name}'.{NearestName.Suggest(name, Names)}");
}
