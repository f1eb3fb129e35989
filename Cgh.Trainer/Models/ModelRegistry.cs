using System.Reflection;
using Cgh.Core;
using Cgh.Core.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>Creates the models of <see cref="ModelCatalog"/> with the static methods that have a <see cref="ModelAttribute"/>.</summary>
internal static class ModelRegistry
{
    private static readonly Implementations<Constructor> s_models = new(
        "model",
        () => ModelCatalog.Names,
        from type in typeof(ModelRegistry).Assembly.GetTypes()
        where type.Namespace == typeof(ModelRegistry).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        from model in method.GetCustomAttributes<ModelAttribute>()
        select KeyValuePair.Create(model.Name, new Constructor(Function(method), model.LastLayer, PixelLayerOf(model))));

    /// <summary>Returns the layer whose outputs are the logits.</summary>
    /// <exception cref="UserErrorException">The model does not exist.</exception>
    public static LastLayer LastLayer(string name) => s_models[ModelCatalog.Get(name).Name].LastLayer;

    /// <summary>Returns the names of the layers whose number of outputs is that of the classes, with a dot: prefixes of their parameters.</summary>
    /// <exception cref="UserErrorException">The model does not exist.</exception>
    public static IReadOnlyList<string> Heads(string name) => ModelCatalog.Get(name).HasAuxiliaryHead
        ? [$"{LastLayer(name).Name}.", $"{InceptionAuxiliary.LastLayer}."]
        : [$"{LastLayer(name).Name}."];

    /// <summary>Returns the layer on the pixels of a model whose size depends on the side of the images; null for other models.</summary>
    /// <exception cref="UserErrorException">The model does not exist.</exception>
    public static PixelLayer? PixelLayer(string name) => s_models[ModelCatalog.Get(name).Name].PixelLayer;

    /// <summary>
    /// Creates a model in training mode, with weights drawn from Torch's generator. Its input is normalized float32 images of shape N x 3 x H x W, where H
    /// and W are at least the catalog's smallest side; its output is logits of shape N x classes.
    /// </summary>
    /// <param name="name">Name in the catalog.</param>
    /// <param name="classes">Number of outputs.</param>
    /// <param name="side">H and W, for a model with a <see cref="PixelLayer"/>; null for its usual side. Other models take every side.</param>
    /// <param name="auxiliaryLogits">Whether to add the auxiliary head; ignored by models without one.</param>
    /// <exception cref="UserErrorException">The model does not exist.</exception>
    public static nn.Module<Tensor, Tensor> Create(string name, int classes, int? side = null, bool auxiliaryLogits = false)
    {
        var model = ModelCatalog.Get(name);
        return s_models[model.Name].Create(classes, side ?? model.UsualSide, auxiliaryLogits);
    }

    /// <summary>Checks that every model of the catalog has a constructor and vice versa.</summary>
    /// <exception cref="InvalidOperationException">A model or a constructor is missing.</exception>
    public static void Check() => s_models.Check();

    /// <summary>Whether a training pass of <paramref name="model"/> uses Torch's generator.</summary>
    public static bool UsesRandomness(nn.Module model) => model.modules().Any(module => module is Dropout);

    private static PixelLayer? PixelLayerOf(ModelAttribute model) => model.PixelLayer is { } name ? new(name, model.PixelLayerOutputs) : null;

    private static Func<int, int, bool, nn.Module<Tensor, Tensor>> Function(MethodInfo method)
    {
        switch (method.GetParameters())
        {
            case [_, { Name: "side" }]:
                var forSide = method.CreateDelegate<Func<int, int, nn.Module<Tensor, Tensor>>>();
                return (classes, side, _) => forSide(classes, side);
            case [_, { Name: "auxiliaryLogits" }]:
                var withHead = method.CreateDelegate<Func<int, bool, nn.Module<Tensor, Tensor>>>();
                return (classes, _, auxiliaryLogits) => withHead(classes, auxiliaryLogits);
            default:
                var create = method.CreateDelegate<Func<int, nn.Module<Tensor, Tensor>>>();
                return (classes, _, _) => create(classes);
        }
    }

    private sealed record Constructor(Func<int, int, bool, nn.Module<Tensor, Tensor>> Create, LastLayer LastLayer, PixelLayer? PixelLayer);
}
