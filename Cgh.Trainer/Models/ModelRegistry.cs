using System.Reflection;
using Cgh.Core;
using Cgh.Core.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Models;

/// <summary>Makes the models of <see cref="ModelCatalog"/>: by the static method with <see cref="ModelAttribute"/> of that name.</summary>
internal static class ModelRegistry
{
    private static readonly Implementations<Constructor> s_models = new(
        "model",
        () => ModelCatalog.Names,
        from type in typeof(ModelRegistry).Assembly.GetTypes()
        where type.Namespace == typeof(ModelRegistry).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        from model in method.GetCustomAttributes<ModelAttribute>()
        select KeyValuePair.Create(model.Name, new Constructor(Function(method), model.LastLayer)));

    /// <summary>The layer whose outputs are the logits.</summary>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static LastLayer LastLayer(string name) => s_models[ModelCatalog.Get(name).Name].LastLayer;

    /// <summary>
    /// A new model in training mode, its weights drawn from Torch's generator. It takes images of shape N x 3 x H x W in float32, normalised, and gives
    /// logits of shape N x classes; H and W are at least the catalog's smallest side.
    /// </summary>
    /// <param name="name">A name of the catalog.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="auxiliaryLogits">With the auxiliary head; ignored by models that have none.</param>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static nn.Module<Tensor, Tensor> Create(string name, int classes, bool auxiliaryLogits = false) =>
        s_models[ModelCatalog.Get(name).Name].Create(classes, auxiliaryLogits);

    /// <summary>Throws when a model of the catalog has no constructor, or a constructor has no model.</summary>
    /// <exception cref="InvalidOperationException">One is missing.</exception>
    public static void Check() => s_models.Check();

    /// <summary>Whether a training pass of <paramref name="model"/> draws from Torch's generator.</summary>
    public static bool DrawsAtRandom(nn.Module model) => model.modules().Any(module => module is Dropout);

    private static Func<int, bool, nn.Module<Tensor, Tensor>> Function(MethodInfo method)
    {
        if (method.GetParameters().Length > 1)
        {
            return method.CreateDelegate<Func<int, bool, nn.Module<Tensor, Tensor>>>();
        }

        var create = method.CreateDelegate<Func<int, nn.Module<Tensor, Tensor>>>();
        return (classes, _) => create(classes);
    }

    private sealed record Constructor(Func<int, bool, nn.Module<Tensor, Tensor>> Create, LastLayer LastLayer);
}
