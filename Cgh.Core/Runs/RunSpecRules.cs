using System.Globalization;

namespace Cgh.Core.Runs;

/// <summary>What a run spec may say; every failure names the setting, the value and the reason.</summary>
public static class RunSpecRules
{
    // Torch starts as many as it is told to; thousands of them stop a machine.
    private const int MostThreads = 256;

    private const string InceptionV3 = "inception-v3";

    /// <summary>Names of the models that can be trained.</summary>
    public static IReadOnlyList<string> Models { get; } = ["resnet18", "resnet34", "resnet50", "vgg13-bn", "vgg16-bn", InceptionV3, "resnet-small"];

    /// <summary>Whether a model can have an auxiliary head.</summary>
    public static bool HasAuxiliaryHead(string model) => model == InceptionV3;

    /// <summary>
    /// Height and width in pixels below which a model has no pixel left for one of its layers: torchvision's <c>min_size</c>,
    /// or, with Inception's auxiliary head, what its 5x5 convolution needs. Bounds nothing for a name that is no model's.
    /// </summary>
    public static int SmallestSide(string model, bool auxiliaryLogits) => model switch
    {
        InceptionV3 => auxiliaryLogits ? 299 : 75,
        "vgg13-bn" or "vgg16-bn" => 32,
        _ => 1,
    };

    /// <summary>Why images of <paramref name="side"/> pixels cannot be trained on; null when they can.</summary>
    public static string? SideFailure(RunSpec spec, int side) => SmallestSide(spec.Model, spec.AuxiliaryLogits) is var smallest && side < smallest
        ? string.Create(CultureInfo.InvariantCulture, $"{spec.Model}{(spec.AuxiliaryLogits ? " with auxiliaryLogits" : "")} needs images of at least {smallest} pixels (these have {side}). Pack the images at {smallest} or more, or choose another model.")
        : null;

    /// <summary>Names of the update rules.</summary>
    public static IReadOnlyList<string> Rules { get; } = [.. Enum.GetValues<UpdateRule>().Select(RuleName)];

    /// <summary>The rule's name in recipes, options and file names, such as <c>rm3</c>.</summary>
    public static string RuleName(UpdateRule rule) => rule.ToString().ToLowerInvariant();

    /// <summary>All that is wrong with <paramref name="spec"/>, a sentence each; none when it can be trained.</summary>
    public static IReadOnlyList<string> Failures(RunSpec spec)
    {
        var failures = new List<string>();
        void Require(bool holds, FormattableString failure)
        {
            if (!holds)
            {
                failures.Add(failure.ToString(CultureInfo.InvariantCulture));
            }
        }

        Require(Files.DataFolder.IsName(spec.Name), $"name must be letters, digits, '.', '-' and '_' (it is '{spec.Name}'): it names the run's folder.");
        Require(spec.Dataset.Length > 0, $"dataset is missing: name a dataset or give its path.");
        Require(Models.Contains(spec.Model), $"unknown model '{spec.Model}'.{NearestName.Suggest(spec.Model, Models)}");
        Require(Enum.IsDefined(spec.Rule), $"unknown rule '{spec.Rule}'.{NearestName.Suggest(spec.Rule.ToString(), Rules)}");
        Require(Enum.IsDefined(spec.Median), $"unknown median '{spec.Median}'. One of: exact, authors.");
        Require(spec.Median == MedianFormula.Exact || spec.Rule is UpdateRule.Rm3 or UpdateRule.M3, $"median must be exact with {RuleName(spec.Rule)} (it is authors): only rm3 and m3 take a median.");
        Require(!spec.AuxiliaryLogits || HasAuxiliaryHead(spec.Model), $"auxiliaryLogits must be false with {spec.Model} (it is true): only {InceptionV3} has an auxiliary head.");
        Require(spec.Epochs >= 1, $"epochs must be at least 1 (it is {spec.Epochs}).");
        Require(spec.BatchSize >= 2, $"batchSize must be at least 2 (it is {spec.BatchSize}): batch normalisation needs two examples.");
        Require(spec.Rule != UpdateRule.M3 || spec.BatchSize >= 6, $"batchSize must be at least 6 with m3 (it is {spec.BatchSize}): each of its three groups needs two examples.");
        Require(double.IsFinite(spec.LearningRate) && spec.LearningRate > 0, $"learningRate must be above 0 (it is {spec.LearningRate}).");
        Require(spec.Momentum is >= 0 and < 1, $"momentum must be at least 0 and below 1 (it is {spec.Momentum}).");
        Require(spec.Rule == UpdateRule.Sgd || spec.Momentum == 0, $"momentum must be 0 with {RuleName(spec.Rule)} (it is {spec.Momentum}): momentum makes it unstable.");
        Require(double.IsFinite(spec.WeightDecay) && spec.WeightDecay >= 0, $"weightDecay must be at least 0 (it is {spec.WeightDecay}).");
        Require(spec.StepEvery >= 1, $"stepEvery must be at least 1 epoch (it is {spec.StepEvery}).");
        Require(double.IsFinite(spec.StepFactor) && spec.StepFactor > 0, $"stepFactor must be above 0 (it is {spec.StepFactor}).");
        Require(Enum.IsDefined(spec.Precision), $"unknown precision '{spec.Precision}'. One of: float32, bfloat16.");
        Require(!spec.Tf32 || spec.Precision == Precision.Float32, $"tf32 must be false with bfloat16 (it is true): it is a way to multiply float32.");
        Require(spec.Threads is >= 0 and <= MostThreads, $"threads must lie between 0 and {MostThreads} (it is {spec.Threads}); 0 takes what the machine has.");
        Require(spec.EvaluationBatchSize >= 1, $"evaluationBatchSize must be at least 1 (it is {spec.EvaluationBatchSize}).");
        Require(spec.LogEvery >= 1, $"logEvery must be at least 1 step (it is {spec.LogEvery}).");
        Require(double.IsFinite(spec.CheckpointMinutes) && spec.CheckpointMinutes > 0, $"checkpointMinutes must be above 0 (it is {spec.CheckpointMinutes}).");
        return failures;
    }

    /// <summary>Throws the first failure, prefixed with where the spec stands.</summary>
    /// <exception cref="UserErrorException">The spec cannot be trained.</exception>
    public static void Check(RunSpec spec, string origin)
    {
        if (Failures(spec) is [var first, ..])
        {
            throw UserErrorException.Usage($"{origin}: {first}");
        }
    }
}
