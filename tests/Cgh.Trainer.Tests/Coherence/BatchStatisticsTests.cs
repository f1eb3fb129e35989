using Cgh.Trainer.Coherence;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Coherence;

public sealed class BatchStatisticsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_TwoMiniBatches_StatisticsAreTheMeanOfTheirs()
    {
        using var scope = NewDisposeScope();
        using var norm = Stale(nn.BatchNorm2d(3, dtype: ScalarType.Float64));
        using var model = nn.Sequential(("pool", nn.AvgPool2d(2)), ("norm", norm));
        model.eval();
        var images = randn([12, 3, 4, 4], ScalarType.Float64, generator: new Generator(1)) * tensor(new[] { 1.0, 2, 3 }).view(1, 3, 1, 1);

        using (var statistics = new BatchStatistics(model))
        {
            statistics.Add(images.narrow(0, 0, 6));
            statistics.Add(images.narrow(0, 6, 6));

            var parts = nn.functional.avg_pool2d(images, 2).transpose(0, 1).reshape(3, 2, -1);
            AssertClose(parts.mean([2]).mean([1]), norm.running_mean!);
            AssertClose(parts.var(2).mean([1]), norm.running_var!);
        }
    }

    [Fact]
    public void Dispose_AfterMiniBatches_RestoresEveryTensorBitForBitAndTheSettings()
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create("resnet-small", 5, 16);
        var layers = model.modules().OfType<BatchNorm2d>().Select(Stale).ToList();
        model.eval();
        var before = ModelTensors.Of(model).ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var momenta = layers.Select(layer => layer.momentum).ToList();

        using (var statistics = new BatchStatistics(model))
        {
            statistics.Add(randn(4, 3, 16, 16));
            Assert.False(model.training || model.modules().Any(module => module.training));
            Assert.False(Same(layers[0].running_mean!, before["bn1.running_mean"]));
        }

        Assert.All(ModelTensors.Of(model), entry => Assert.True(Same(entry.Value, before[entry.Key]), entry.Key));
        Assert.Equal(momenta, layers.Select(layer => layer.momentum));
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void Measure_RunningStatisticsChanged_CoherenceIsTheSameAndTheyAreKept()
    {
        using var scope = NewDisposeScope();
        var spec = TinyRun.Spec("sgd") with { CoherenceEvery = 1, CoherenceExamples = 20 };
        using var data = TinyRun.Open(spec, TinyDataset.Create(_folder["tiny"]));
        manual_seed(1);
        using var model = ModelRegistry.Create(spec.Model, TinyDataset.Classes, TinyDataset.Side);
        var meter = new CoherenceMeter(model, spec, data, batchSize: 16, CPU);
        var fresh = Measure();
        var layers = model.modules().OfType<BatchNorm2d>().Select(Stale).ToList();
        var stale = layers.Select(layer => layer.running_var!.clone()).ToList();

        var actual = Measure();

        Assert.Equal(fresh, actual);
        Assert.All(layers.Zip(stale), pair => Assert.True(Same(pair.First.running_var!, pair.Second)));

        List<(string Curve, string Layer, CoherenceSums Sums)> Measure() =>
        [
            .. meter.Measure(0, TestContext.Current.CancellationToken)!
                .SelectMany(set => set.Layers.Select(layer => (set.Curve, layer.Layer, layer.Sums))),
        ];
    }

    [Fact]
    public void AreUsed_ModelWithoutBatchNormalization_IsFalse()
    {
        using var model = ModelRegistry.Create("mlp", 5, 8);
        using var statistics = new BatchStatistics(model);

        Assert.False(statistics.AreUsed);
    }

    private static BatchNorm2d Stale(BatchNorm2d layer)
    {
        using var withoutGradients = no_grad();
        layer.running_mean!.add_(0.5);
        layer.running_var!.mul_(3);
        return layer;
    }

    private static bool Same(Tensor a, Tensor b) => a.eq(b).all().item<bool>();

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.Equal(0, (expected - actual).abs().max().item<double>(), 1e-12);
}
