using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>An experiment with two runs.</summary>
internal static class Samples
{
    public const string Id = "demo-20260101-120000";

    public static DateTimeOffset Created { get; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static RunId Sgd { get; } = new(Id, "sgd");

    public static RunId Rm3 { get; } = new(Id, "rm3");

    public static Recipe Recipe { get; } = new()
    {
        Name = "demo",
        Description = "Two rules on noisy labels.",
        Dataset = new DatasetRequest { Name = "demo", Demo = new DemoImages() },
        Runs =
        [
            new RunSpec { Name = "sgd", Dataset = "demo", Rule = RuleChoice.Parse("sgd"), Epochs = 30, BatchSize = 20, LearningRate = 0.04 },
            new RunSpec { Name = "rm3", Dataset = "demo", Rule = RuleChoice.Parse("rm3"), Epochs = 30, BatchSize = 20, LearningRate = 0.04 },
        ],
    };

    public static ExperimentState Experiment { get; } = new() { Id = Id, Recipe = Recipe, Created = Created, Status = ExperimentStatus.Running };

    public static RunState Run(RunId id) => new() { Id = id, Spec = Recipe.Runs.Single(spec => spec.Name == id.Name), Queued = Created, Offered = Created };

    public static RunState Trained(RunId id) => Run(id) with
    {
        Status = RunStatus.Running,
        Attempt = 1,
        Host = "bench-7",
        Started = Created,
        AttemptStarted = Created,
        Epoch = 15.5,
        Step = 3100,
        TotalSteps = 6000,
        Loss = 0.5,
        ImagesPerSecond = 1432.4,
        SecondsLeft = 80,
        Latest = new Dictionary<string, EvaluationResult>
        {
            [Curves.Pristine] = new(1980, 0.074, 97.25, 99.5),
            [Curves.Corrupt] = new(2020, 1.258, 68.04, 85),
            [Curves.TrainSample] = new(4000, 0.625, 83.5, 92),
            [Curves.Test] = new(2000, 1.064, 72.6, 90.7),
        },
    };

    /// <summary>A row of an evaluation curve.</summary>
    public static double[] Row(int epoch, double accuracy = 10) => [epoch, 2000, 4.6 - (0.1 * epoch), accuracy, Math.Min(100, 2 * accuracy)];
}
