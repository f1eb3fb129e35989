using Cgh.Core;
using Cgh.Core.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>A linear layer.</summary>
/// <param name="Name">As in the model's parameters.</param>
/// <param name="Inputs">What its weight has as columns.</param>
internal sealed record LastLayer(string Name, int Inputs);

/// <summary>The models of <see cref="RunSpecRules.Models"/>, by name.</summary>
internal static class ModelRegistry
{
    private static readonly Dictionary<string, ModelKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["resnet18"] = new(224, (classes, _) => new ResNet(new([64, 128, 256, 512], [2, 2, 2, 2]), classes), new("fc", 512)),
        ["resnet34"] = new(224, (classes, _) => new ResNet(new([64, 128, 256, 512], [3, 4, 6, 3]), classes), new("fc", 512)),
        ["resnet50"] = new(224, (classes, _) => new ResNet(new([64, 128, 256, 512], [3, 4, 6, 3], Bottlenecks: true), classes), new("fc", 2048)),
        ["vgg13-bn"] = new(224, (classes, _) => new Vgg([2, 2, 2, 2, 2], classes), new("classifier.6", 4096)),
        ["vgg16-bn"] = new(224, (classes, _) => new Vgg([2, 2, 3, 3, 3], classes), new("classifier.6", 4096)),
        ["inception-v3"] = new(299, (classes, auxiliaryLogits) => new InceptionV3(classes, auxiliaryLogits), new("fc", 2048)),
        ["resnet-small"] = new(16, (classes, _) => new ResNet(new([24, 48, 96], [1, 1, 1], SmallImages: true), classes), new("fc", 96)),
    };

    public static IReadOnlyCollection<string> Names => s_kinds.Keys;

    /// <summary>Height and width in pixels of the images that a model is meant for.</summary>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static int UsualSide(string name) => Find(name).UsualSide;

    /// <summary>The layer whose outputs are the logits.</summary>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static LastLayer LastLayer(string name) => Find(name).LastLayer;

    /// <summary>A new model, its weights drawn from Torch's generator.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="auxiliaryLogits">With Inception-V3's auxiliary head; the others have none.</param>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static nn.Module<Tensor, Tensor> Create(string name, int classes, bool auxiliaryLogits = false) => Find(name).Create(classes, auxiliaryLogits);

    /// <summary>Whether a training pass of <paramref name="model"/> draws from Torch's generator.</summary>
    public static bool DrawsAtRandom(nn.Module model) => model.modules().Any(module => module is Dropout);

    private static ModelKind Find(string name) => s_kinds.TryGetValue(name, out var kind)
        ? kind
        : throw UserErrorException.Usage($"Unknown model '{name}'.{NearestName.Suggest(name, Names)}");

    private sealed record ModelKind(int UsualSide, Func<int, bool, nn.Module<Tensor, Tensor>> Create, LastLayer LastLayer);
}
