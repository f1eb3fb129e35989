using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Models;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;

namespace Cgh.Trainer.LabelQuality;

/// <summary>What the user says of the training that judges labels; null means chosen from the data.</summary>
internal sealed record LabelTrainingOptions
{
    public string? Model { get; init; }

    public string? Rule { get; init; }

    public int? Epochs { get; init; }

    public int? BatchSize { get; init; }

    public double? LearningRate { get; init; }

    public string? Weights { get; init; }

    /// <summary>Side in pixels at which a folder of images is packed.</summary>
    public int? Side { get; init; }

    public uint Seed { get; init; }

    public int Threads { get; init; }

    public DeviceChoice Device { get; init; }
}

/// <summary>Chooses how to train a network that judges labels. docs/labels.md has the measurements behind the choice.</summary>
internal static class LabelTraining
{
    /// <summary>Side in pixels at which a folder of larger images is packed for a network that is trained from scratch.</summary>
    public const int Side = 64;

    /// <summary>The same for initial weights, which were trained on images of this size.</summary>
    public const int SideWithWeights = 224;

    // Long enough to learn what images have in common, and no longer: a network that has memorized its labels says little about them (docs/labels.md).
    private const double ImagesSeen = 30_000;
    private const int MinEpochs = 8;
    private const int MaxEpochs = 20;
    private const int EpochsWithWeights = 10;

    /// <summary>Returns the spec of the run.</summary>
    /// <param name="name">Name of the run.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="labels">The label set to train on.</param>
    /// <param name="options">What the user chose.</param>
    /// <exception cref="Cgh.Core.UserErrorException">The rule is unknown.</exception>
    public static RunSpec Choose(string name, Dataset dataset, string labels, LabelTrainingOptions options)
    {
        var images = dataset.Manifest.Train.Images;
        var rule = RuleChoice.Parse(options.Rule ?? UpdateRuleCatalog.Baseline.ToString());
        var isFineTuned = options.Weights is not null;
        var model = options.Model ?? (isFineTuned || dataset.Manifest.Side > Side ? "resnet18" : "resnet-small");
        return new RunSpec
        {
            Name = name,
            Dataset = Path.GetFullPath(dataset.Folder),
            Labels = labels,
            Rule = rule,
            Model = model,
            Weights = options.Weights ?? "",
            NewHead = isFineTuned,
            Epochs = options.Epochs ?? (isFineTuned ? EpochsWithWeights : Math.Clamp((int)Math.Ceiling(ImagesSeen / images), MinEpochs, MaxEpochs)),
            BatchSize = options.BatchSize ?? Math.Min(32, Math.Max(2 * rule.Groups, images / 4)),
            LearningRate = options.LearningRate ?? (isFineTuned ? 0.01 : 0.1),
            Seed = options.Seed,
            Threads = options.Threads,
            Device = options.Device,
            TrackLearning = LearningTracking.Evaluation,
        };
    }

    /// <summary>Share of the labels in which errors are planted: enough for an estimate, few enough to cost little.</summary>
    public static double PlantedShare(int images) => Math.Round(Math.Clamp(100.0 / images, 0.03, 0.1), 3);

    /// <summary>The choice in one line.</summary>
    public static string Describe(RunSpec spec, Dataset dataset) => string.Create(
        CultureInfo.InvariantCulture,
        $"{dataset.Manifest.Train.Images} training images of {dataset.Manifest.Classes.Count} classes at {dataset.Manifest.Side} pixels: "
        + $"{spec.Model} with {spec.Rule}{(spec.Weights.Length > 0 ? $" from {spec.Weights}" : "")}, {spec.Epochs} epochs, "
        + $"mini-batches of {spec.BatchSize}, learning rate {spec.LearningRate}.");

    /// <summary>Whether smaller images are packed as they are. Initial weights and other models need the side that they were made for.</summary>
    public static bool IsSideFitted(LabelTrainingOptions options) => options is { Side: null, Model: null, Weights: null };

    /// <summary>Side in pixels at which a folder of images is packed.</summary>
    public static int SideOf(LabelTrainingOptions options) => options switch
    {
        { Side: { } side } => side,
        { Model: { } model } => Math.Max(Side, ModelCatalog.Get(model).UsualSide),
        { Weights: not null } => SideWithWeights,
        _ => Side,
    };
}
