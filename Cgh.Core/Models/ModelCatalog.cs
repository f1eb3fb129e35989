namespace Cgh.Core.Models;

/// <summary>Properties of a model; the trainer has a constructor of the same name.</summary>
/// <param name="Name">Lower-case word that recipes and options use, such as <c>vgg13-bn</c>.</param>
/// <param name="UsualSide">
/// Height and width, in pixels, of the images that it is usually trained on: the size to which <c>crop-flip</c> crops if a spec gives no
/// <see cref="Runs.RunSpec.CropSide"/>.
/// </param>
/// <param name="SmallestSide">Smallest height and width, in pixels, with which every layer has output: torchvision's <c>min_size</c>.</param>
/// <param name="Summary">One sentence without a full stop: what it is for.</param>
public sealed record ModelInfo(string Name, int UsualSide, int SmallestSide, string Summary)
{
    /// <summary>As <see cref="SmallestSide"/>, with the auxiliary head; null for a model that has none.</summary>
    public int? SmallestSideWithAuxiliaryHead { get; init; }

    /// <summary>Whether all its parameters are those of linear layers, as rules that use the gradients of single examples need.</summary>
    public bool IsFullyConnected { get; init; }

    /// <summary>Whether it can be trained with an auxiliary head (<see cref="Runs.RunSpec.AuxiliaryLogits"/>).</summary>
    public bool HasAuxiliaryHead => SmallestSideWithAuxiliaryHead is not null;

    /// <summary>Smallest height and width of the images, in pixels, with or without the auxiliary head.</summary>
    public int SmallestSideOf(bool auxiliaryLogits) => auxiliaryLogits ? SmallestSideWithAuxiliaryHead ?? SmallestSide : SmallestSide;
}

/// <summary>
/// Every model that a run can name. A model is an entry here and a constructor in the trainer's <c>Models</c> folder with
/// <c>[Model("name")]</c>; nothing else lists models.
/// </summary>
public static class ModelCatalog
{
    /// <summary>In the order in which help and tables go through them.</summary>
    public static IReadOnlyList<ModelInfo> All { get; } =
    [
        new("resnet18", 224, 1, "ResNet-18, as torchvision's"),
        new("resnet34", 224, 1, "ResNet-34, as torchvision's"),
        new("resnet50", 224, 1, "ResNet-50, as torchvision's"),
        new("vgg13-bn", 224, 32, "VGG-13 with batch normalization, as torchvision's"),
        new("vgg16-bn", 224, 32, "VGG-16 with batch normalization, as torchvision's"),
        new("inception-v3", 299, 75, "Inception-V3, as torchvision's") { SmallestSideWithAuxiliaryHead = 299 },
        new("resnet-small", 32, 1, "Three stages of one residual block from 24 channels, for images of 16 to 64 pixels"),
        new("vgg-small", 32, 8, "Three stages of two convolutions from 24 channels with batch normalization, for images of 16 to 64 pixels"),
        new("mlp", 28, 1, "Three hidden layers of 256 ReLUs on all pixels, fully connected, without batch normalization") { IsFullyConnected = true },
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(model => model.Name)];

    /// <summary>Names of the models with an auxiliary head.</summary>
    public static IReadOnlyList<string> WithAuxiliaryHead { get; } = [.. All.Where(model => model.HasAuxiliaryHead).Select(model => model.Name)];

    /// <summary>Names of the fully connected models.</summary>
    public static IReadOnlyList<string> FullyConnected { get; } = [.. All.Where(model => model.IsFullyConnected).Select(model => model.Name)];

    /// <summary>The usual sides in pixels, the most common first: <c>224; 299 for inception-v3, 32 for resnet-small and vgg-small</c>.</summary>
    public static string UsualSides { get; } = DescribeSides();

    /// <summary>The model of that name; null if not found.</summary>
    public static ModelInfo? Find(string name) => All.FirstOrDefault(model => model.Name == name);

    /// <summary>The model of that name.</summary>
    /// <exception cref="UserErrorException">There is no such model.</exception>
    public static ModelInfo Get(string name) => Find(name) ?? throw UserErrorException.Usage($"Unknown model '{name}'.{NearestName.Suggest(name, Names)}");

    /// <summary>The message for an unknown model, with the nearest one.</summary>
    public static string Failure(string name) => $"unknown model '{UserText.Shortened(name)}'.{NearestName.Suggest(name, Names)}";

    private static string DescribeSides()
    {
        var groups = All.GroupBy(model => model.UsualSide).ToList();
        var common = groups.MaxBy(group => group.Count())!;
        var others = groups.Where(group => group != common).Select(group => $"{group.Key} for {UserText.Join([.. group.Select(model => model.Name)])}");
        return $"{common.Key}; {string.Join(", ", others)}";
    }
}
