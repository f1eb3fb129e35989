using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Evaluation;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _dataset;
    private readonly LabelSet _labels;
    private readonly nn.Module<Tensor, Tensor> _model;

    public EvaluatorTests()
    {
        _dataset = Dataset.Open(TinyDataset.Create(_folder["tiny"]));
        _labels = _dataset.Labels(TinyDataset.Noisy);
        manual_seed(0);
        _model = ModelRegistry.Create("resnet-small", TinyDataset.Classes);
    }

    public void Dispose()
    {
        _model.Dispose();
        _dataset.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Evaluate_SharedForwardPasses_EqualsSeparateEvaluations()
    {
        var evaluator = new Evaluator(_model, _dataset, _labels, TinyDataset.Side, batchSize: 16, CPU);

        var results = evaluator.Evaluate(TestContext.Current.CancellationToken);

        Assert.Equal(Curves.EvaluationSets.Order(), results.Keys.Order());
        AssertEqual(Alone(_labels.Examples.Pristine), results[Curves.Pristine]);
        AssertEqual(Alone(_labels.Examples.Corrupt), results[Curves.Corrupt]);
        AssertEqual(Alone(_labels.Examples.TrainSample), results[Curves.TrainSample]);
        Assert.Equal(60, results[Curves.Pristine].Count + results[Curves.Corrupt].Count);

        EvaluationResult Alone(int[] examples) => PlainEvaluation(_dataset.Train, _labels.Labels, examples);
    }

    [Fact]
    public void Evaluate_AnyBatchSize_GivesTheSameResultsUpToRounding()
    {
        var small = new Evaluator(_model, _dataset, _labels, TinyDataset.Side, batchSize: 7, CPU).Evaluate(TestContext.Current.CancellationToken);
        var large = new Evaluator(_model, _dataset, _labels, TinyDataset.Side, batchSize: 250, CPU).Evaluate(TestContext.Current.CancellationToken);

        Assert.All(large.Keys, set => AssertEqual(large[set], small[set]));
    }

    [Fact]
    public void Score_SideSmallerThanTheImages_CropsTheCentre()
    {
        int[] examples = [3, 40, 11];
        var scores = new Evaluator(_model, _dataset, _labels, TinyDataset.Side - 2, batchSize: 2, CPU)
            .Score(PixelSource.Of(_dataset, Split.Train), _labels.Labels, examples, TestContext.Current.CancellationToken);

        AssertEqual(PlainEvaluation(_dataset.Train, _labels.Labels, examples, margin: 1), scores.Summary());
    }

    [Theory]
    [InlineData(8, 250)]
    [InlineData(16, 250)]
    [InlineData(32, 128)]
    [InlineData(64, 32)]
    [InlineData(224, 16)]
    [InlineData(299, 16)]
    public void Choose_OnCpu_DependsOnTheImageSide(int side, int images) =>
        Assert.Equal(images, EvaluationBatch.Choose(new RunSpec(), _model, side, CPU));

    [Fact]
    public void Choose_SetInTheSpec_ReturnsTheSpecsValue() =>
        Assert.Equal(7, EvaluationBatch.Choose(new RunSpec { EvaluationBatchSize = 7 }, _model, 8, CPU));

    [Fact]
    public void LargestThatFits_MaxTooLarge_HalvesUntilItFits()
    {
        var tried = new List<int>();

        var size = EvaluationBatch.LargestThatFits(1024, candidate =>
        {
            tried.Add(candidate);
            return candidate <= 300;
        });

        Assert.Equal(256, size);
        Assert.Equal([1024, 512, 256], tried);
        Assert.Contains(
            "even with a batch size of 1",
            Assert.Throws<UserErrorException>(() => EvaluationBatch.LargestThatFits(8, _ => false)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_OriginalLabels_HasNoCorruptSet()
    {
        var results = new Evaluator(_model, _dataset, _dataset.Labels(LabelSet.Original), TinyDataset.Side, batchSize: 16, CPU)
            .Evaluate(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(Curves.Corrupt, results.Keys);
        Assert.Equal(results[Curves.TrainSample], results[Curves.Pristine]);
    }

    [Fact]
    public void Evaluate_Cancelled_Throws()
    {
        var evaluator = new Evaluator(_model, _dataset, _labels, TinyDataset.Side, batchSize: 16, CPU);

        Assert.Throws<OperationCanceledException>(() => evaluator.Evaluate(new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(new[] { 1f, 3f, 2f }, 1, 0)]
    [InlineData(new[] { 1f, 3f, 2f }, 0, 2)]
    [InlineData(new[] { 2f, 2f, 2f }, 0, 0)]
    [InlineData(new[] { 2f, 2f, 2f }, 2, 2)]
    [InlineData(new[] { float.NaN, 1f, 2f }, 2, 0)]
    [InlineData(new[] { 1f, float.NaN, 2f }, 1, 3)]
    [InlineData(new[] { 1f, float.PositiveInfinity, 2f }, 1, 0)]
    public void Rank_TiesAndNaN_AreRankedPessimistically(float[] scores, int label, int rank) => Assert.Equal(rank, ExampleScores.Rank(scores, label));

    [Fact]
    public void Summary_RanksZeroAndFour_CountForTop1AndTop5()
    {
        var scores = new ExampleScores([1, 2, 3, 6], [0, 4, 5, 0]);

        Assert.Equal(new EvaluationResult(4, 3.0, 50, 75), scores.Summary());
        Assert.Equal(new EvaluationResult(2, 2.5, 0, 50), scores.Summary([1, 2]));
    }

    // One image at a time, in float64 except for the model.
    private EvaluationResult PlainEvaluation(PackedImages images, long[] labels, int[] examples, int margin = 0)
    {
        _model.eval();
        double loss = 0, first = 0, five = 0;
        foreach (var example in examples)
        {
            using var scope = NewDisposeScope();
            using var withoutGradients = no_grad();
            var pixels = tensor(images[example].ToArray().Select(value => value / 255f).ToArray())
                .view(1, TinyDataset.Side, TinyDataset.Side, 3)
                .permute(0, 3, 1, 2)
                .narrow(2, margin, TinyDataset.Side - (2 * margin))
                .narrow(3, margin, TinyDataset.Side - (2 * margin));
            var input = (pixels - tensor(new[] { 0.485f, 0.456f, 0.406f }).view(1, 3, 1, 1)) / tensor(new[] { 0.229f, 0.224f, 0.225f }).view(1, 3, 1, 1);
            var scores = Plain.Values(_model.forward(input)).Select(score => (double)score).ToArray();
            var own = scores[labels[example]];
            loss += Math.Log(scores.Sum(score => Math.Exp(score))) - own;
            first += scores.Max() == own ? 1 : 0;
            five += scores.OrderDescending().Take(5).Contains(own) ? 1 : 0;
        }

        return new EvaluationResult(examples.Length, loss / examples.Length, 100 * first / examples.Length, 100 * five / examples.Length);
    }

    private static void AssertEqual(EvaluationResult expected, EvaluationResult actual)
    {
        Assert.Equal((expected.Count, expected.Acc1, expected.Acc5), (actual.Count, actual.Acc1, actual.Acc5));
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);
    }
}
