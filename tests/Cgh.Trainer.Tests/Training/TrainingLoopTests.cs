using Cgh.Core.Runs;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Training;

public sealed class TrainingLoopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingLoopTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sgd")]
    [InlineData("ra3")]
    [InlineData("rm3")]
    [InlineData("m3")]
    public void Run_CleanLabels_LearnsTheTrainingSet(string rule)
    {
        var spec = TinyRun.Spec(rule) with { Labels = "original", Epochs = 20 };
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, CPU);

        var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);

        Assert.InRange(results[Curves.TrainSample].Acc1, 90, 100);
        Assert.InRange(results[Curves.Test].Acc1, 90, 100);
    }

    [Fact]
    public void Run_CropFlip_LearnsTheTrainingSet()
    {
        var spec = TinyRun.Spec("median:5") with { Labels = "original", Epochs = 20, Augmentation = Augmentation.CropFlip, CropSide = 6 };
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, CPU);

        var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);

        Assert.Equal(6, data.InputSide);
        Assert.InRange(results[Curves.TrainSample].Acc1, 90, 100);
        Assert.InRange(results[Curves.Test].Acc1, 90, 100);
    }

    [Fact]
    public void Run_SameSpecTwice_GivesTheSameWeights()
    {
        var spec = TinyRun.Spec("rm3");
        float[] Train()
        {
            using var data = Open(spec);
            using var loop = new TrainingLoop(spec, data, CPU);
            loop.Run(new MemoryWatcher(loop), TestContext.Current.CancellationToken);
            return Plain.Values(loop.Tensors["model.fc.weight"]);
        }

        Assert.Equal(Train(), Train());
    }

    [Fact]
    public void Run_CancelledAtAStep_StopsBeforeTheNext()
    {
        var spec = TinyRun.Spec("sgd");
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, CPU);
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(
            () => loop.Run(new MemoryWatcher(loop) { OnStep = done => { if (done == 8) { stop.Cancel(); } } }, stop.Token));

        Assert.Equal(8, loop.StepsDone);
        Assert.Equal((1, 2, true), loop.Position);
    }

    [Fact]
    public void Tensors_OfAWindowRule_IncludeWeightsStatisticsAndWindow()
    {
        var spec = TinyRun.Spec("rm3");
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, CPU);

        Assert.Contains("model.layer1.0.bn1.running_var", loop.Tensors.Keys);
        Assert.Equal(
            ["rule.seen", "rule.window.0", "rule.window.1", "rule.window.2"],
            loop.Tensors.Keys.Where(name => name.StartsWith("rule.", StringComparison.Ordinal)).Order());
    }

    private TrainingData Open(RunSpec spec) => TinyRun.Open(spec, _folder["tiny"]);
}
