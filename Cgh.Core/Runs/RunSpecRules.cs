using System.Globalization;
using Cgh.Core.Models;
using Cgh.Core.Tracking;
using Cgh.Core.UpdateRules;

namespace Cgh.Core.Runs;

/// <summary>Validates run specs; every failure names the setting, the value and the reason.</summary>
public static class RunSpecRules
{
    private static readonly string[] s_filesOfExperiments = [".json", ".md", ".png", ".svg"];

    // Torch starts any number of threads; thousands of them stall a machine.
    private const int MaxThreads = 256;

    // Two years.
    private const double MaxCheckpointMinutes = 1_000_000;

    /// <summary>Height and width of the model's input for images of <paramref name="side"/> pixels.</summary>
    public static int InputSide(RunSpec spec, int side) => spec switch
    {
        { CropSide: > 0 } => spec.CropSide,
        { Augmentation: Augmentation.CropFlip } => Math.Min(ModelCatalog.Find(spec.Model)?.UsualSide ?? side, side),
        _ => side,
    };

    /// <summary>Why a run cannot train on images of <paramref name="side"/> pixels; null if it can.</summary>
    public static string? SideFailure(RunSpec spec, int side)
    {
        var input = InputSide(spec, side);
        var smallest = ModelCatalog.Find(spec.Model)?.SmallestSideOf(spec.AuxiliaryLogits) ?? 1;
        var model = $"{spec.Model}{(spec.AuxiliaryLogits ? " with auxiliaryLogits" : "")}";
        if (spec.Augmentation == Augmentation.CropFlip && input >= side)
        {
            const string remedy = "Pack the images larger (256 for 224), or set a smaller cropSide.";
            return Text($"augmentation crop-flip needs images larger than cropSide, which is {input} (these have {side} pixels). {remedy}");
        }

        if (input > side)
        {
            return Text(
                $"cropSide {input} is larger than the images (these have {side} pixels). Pack the images at {input} or more, or set a smaller cropSide.");
        }

        if (input >= smallest)
        {
            return null;
        }

        return input < side
            ? Text($"{model} needs images of at least {smallest} pixels (cropSide is {input}). Set a larger cropSide, or choose another model.")
            : Text($"{model} needs images of at least {smallest} pixels (these have {side}). Pack the images at {smallest} or more, or choose another model.");
    }

    /// <summary>The failures of <paramref name="spec"/>, a sentence each; none if it can be trained.</summary>
    public static IReadOnlyList<string> Failures(RunSpec spec)
    {
        var failures = new List<string>();
        void Require(bool holds, FormattableString failure)
        {
            if (!holds)
            {
                failures.Add(Text(failure));
            }
        }

        Require(
            Files.DataFolder.IsName(spec.Name),
            $"name must be letters, digits, '.', '-' and '_' (it is '{UserText.Shortened(spec.Name)}'): it names the run's folder.");
        var extension = Path.GetExtension(spec.Name);
        Require(
            !s_filesOfExperiments.Contains(extension),
            $"name must not end in '{extension}' (it is '{UserText.Shortened(spec.Name)}'): the experiment's own files end in it and are in the same folder.");
        Require(spec.Dataset.Length > 0, $"dataset is missing: name a dataset or give its path.");
        if (spec.Derive is { } stage)
        {
            failures.AddRange(stage.Failures());
            RequireMachine(spec, Require);
            return failures;
        }

        var model = ModelCatalog.Find(spec.Model);
        Require(model is not null, $"{ModelCatalog.Failure(spec.Model)}");
        var rule = UpdateRuleCatalog.Find(spec.Rule.Name);
        string[] ruleFailures = rule is null
            ? [RuleChoice.Failure(spec.Rule.ToString())]
            : [.. spec.Rule.Failures().Select(failure => $"rule {spec.Rule}: {failure}.")];
        failures.AddRange(ruleFailures);
        Require(Enum.IsDefined(spec.Median), $"unknown median '{spec.Median}'. One of: exact, authors.");
        var withAuthorsMedian = UpdateRuleCatalog.Forms(other => other.HasAuthorsMedian);
        Require(
            spec.Median == MedianFormula.Exact || rule is null or { HasAuthorsMedian: true },
            $"median must be exact with {spec.Rule} (it is authors): only {HaveOrHas(withAuthorsMedian)} the authors' formula.");
        Require(
            !spec.AuxiliaryLogits || model is null or { HasAuxiliaryHead: true },
            $"auxiliaryLogits must be false with {spec.Model} (it is true): only {HaveOrHas(ModelCatalog.WithAuxiliaryHead)} an auxiliary head.");
        Require(!spec.NewHead || spec.Weights.Length > 0, $"newHead must be false without weights (it is true): all layers are new then.");
        Require(Enum.IsDefined(spec.Augmentation), $"unknown augmentation '{spec.Augmentation}'. One of: none, crop-flip.");
        Require(spec.CropSide >= 0, $"cropSide must be at least 1 pixel, or 0 for the usual side (it is {spec.CropSide}).");
        Require(spec.Epochs >= 1, $"epochs must be at least 1 (it is {spec.Epochs}).");
        Require(spec.BatchSize >= 2, $"batchSize must be at least 2 (it is {spec.BatchSize}): batch normalization needs two examples.");
        var groups = ruleFailures.Length == 0 ? spec.Rule.Groups : 1;
        var number = UserText.Number(groups);
        Require(
            groups == 1 || spec.BatchSize >= 2 * groups,
            $"batchSize must be at least {2 * groups} with {spec.Rule} (it is {spec.BatchSize}): each of its {number} groups needs two examples.");
        Require(
            rule is not { NeedsExampleGradients: true } || model is null or { IsFullyConnected: true },
            $"model must be {UserText.Join(ModelCatalog.FullyConnected)} with {spec.Rule} (it is {spec.Model}): the rule needs a fully connected network.");
        Require(
            ruleFailures.Length > 0 || spec.BatchSize < 2 || rule!.Unclipped(spec.Rule, spec.BatchSize) > 0,
            $"rule {spec.Rule} leaves nothing of a batchSize of {spec.BatchSize}: it clips every gradient. Choose a larger batchSize or a smaller C.");
        Require(double.IsFinite(spec.LearningRate) && spec.LearningRate > 0, $"learningRate must be above 0 (it is {spec.LearningRate}).");
        Require(spec.Momentum is >= 0 and < 1, $"momentum must be at least 0 and below 1 (it is {spec.Momentum}).");
        Require(
            spec.Momentum == 0 || rule is null or { TakesMomentum: true },
            $"momentum must be 0 with {spec.Rule} (it is {spec.Momentum}): momentum makes it unstable.");
        Require(double.IsFinite(spec.WeightDecay) && spec.WeightDecay >= 0, $"weightDecay must be at least 0 (it is {spec.WeightDecay}).");
        Require(spec.StepEvery >= 1, $"stepEvery must be at least 1 epoch (it is {spec.StepEvery}).");
        Require(double.IsFinite(spec.StepFactor) && spec.StepFactor > 0, $"stepFactor must be above 0 (it is {spec.StepFactor}).");
        Require(Enum.IsDefined(spec.Precision), $"unknown precision '{spec.Precision}'. One of: float32, bfloat16.");
        Require(!spec.Tf32 || spec.Precision == Precision.Float32, $"tf32 must be false with bfloat16 (it is true): it is a way to multiply float32.");
        RequireMachine(spec, Require);
        Require(spec.CoherenceEvery >= 0, $"coherenceEvery must be at least 1 epoch, or 0 to measure no coherence (it is {spec.CoherenceEvery}).");
        Require(
            spec.CoherenceExamples is 0 or >= 2,
            $"coherenceExamples must be at least 2, or 0 for {RunSpec.DefaultCoherenceExamples} (it is {spec.CoherenceExamples}): one gradient has no other.");
        Require(
            spec.CoherenceExamples == 0 || spec.CoherenceEvery != 0,
            $"coherenceExamples must be 0 without coherenceEvery (it is {spec.CoherenceExamples}): set coherenceEvery to the epochs between measurements.");
        Require(spec.LogEvery >= 1, $"logEvery must be at least 1 step (it is {spec.LogEvery}).");
        Require(spec.CheckpointMinutes > 0, $"checkpointMinutes must be above 0 (it is {spec.CheckpointMinutes}).");
        Require(
            !(spec.CheckpointMinutes > MaxCheckpointMinutes),
            $"checkpointMinutes must be at most {MaxCheckpointMinutes} (it is {spec.CheckpointMinutes}).");
        Require(Enum.IsDefined(spec.TrackLearning), $"unknown trackLearning '{spec.TrackLearning}'. One of: off, evaluation, training.");
        Require(spec.TrackEvery is null or >= 1, $"trackEvery must be at least 1 epoch (it is {spec.TrackEvery}).");
        Require(
            spec.TrackEvery is null || spec.TrackLearning != LearningTracking.Off,
            $"trackEvery must be left out without trackLearning (it is {spec.TrackEvery}). Set trackLearning to evaluation or training.");
        return failures;
    }

    /// <summary>Throws the failures, one per line, each prefixed with where the spec comes from.</summary>
    /// <exception cref="UserErrorException">The spec cannot be trained.</exception>
    public static void Check(RunSpec spec, string origin)
    {
        if (Failures(spec) is { Count: > 0 } failures)
        {
            throw UserErrorException.Usage(failures.Select(failure => $"{origin}: {failure}"));
        }
    }

    // What a stage needs too.
    private static void RequireMachine(RunSpec spec, Action<bool, FormattableString> require)
    {
        require(spec.Threads is >= 0 and <= MaxThreads, $"threads must be between 0 and {MaxThreads} (it is {spec.Threads}); 0 uses all cores.");
        require(spec.EvaluationBatchSize >= 0, $"evaluationBatchSize must be at least 1, or 0 to choose automatically (it is {spec.EvaluationBatchSize}).");
    }

    private static string HaveOrHas(IReadOnlyList<string> names) => $"{UserText.Join(names)} {(names.Count == 1 ? "has" : "have")}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
