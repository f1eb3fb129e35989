using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A run on a <see cref="TinyDataset"/> that takes a second or two.</summary>
internal static class TinyRun
{
    public static RunSpec Spec(string rule) => new()
    {
        Name = "run",
        Dataset = "tiny",
        Labels = TinyDataset.Noisy,
        Rule = RuleChoice.Parse(rule),
        Model = "resnet-small",
        Epochs = 3,
        BatchSize = 10,
        LearningRate = 0.05,
        Threads = 1,
    };

    public static TrainingData Open(RunSpec spec, string dataset) => TrainingData.Open(spec, dataset, verify: true, TestContext.Current.CancellationToken);
}
