using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Trainer.Models;
using Cgh.Trainer.Planning;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class WinsorizedTests : IDisposable
{
    private const int Examples = 12;
    private const double Rate = 0.1;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.Bfloat16)]
    public void Run_Winsorized0_EqualsSgdBitForBit(Precision precision)
    {
        var (sgd, winsorized) = (Trained("sgd", precision), Trained("winsorized:0", precision));

        Assert.Equal(sgd.Weights, winsorized.Weights);
        Assert.Equal(sgd.Results[Curves.Test], winsorized.Results[Curves.Test]);
        Assert.NotEqual(sgd.Weights, Trained("winsorized:20", precision).Weights);
    }

    // The gradient of each example comes from its own backward pass, and each coordinate is sorted.
    [Theory]
    [InlineData(1, 0.0, true)]
    [InlineData(20, 0.01, true)]
    [InlineData(45, 0.0, true)]
    [InlineData(20, 0.01, false)]
    public void Step_OneMiniBatch_EqualsClippingTheGradientsOfSingleBackwardPasses(int percent, double decay, bool usesKernel)
    {
        using var scope = NewDisposeScope();
        var (model, images, labels) = Model();
        var expected = Moved(model, images, labels, percent, decay);
        using var flat = new FlatWeights(model);
        using var rule = RuleFactory.Create(new RunSpec { Rule = new RuleChoice("winsorized", percent), WeightDecay = decay }, flat);
        rule.UsesKernel = usesKernel;

        // An evaluation and another training pass come first, which must not count.
        model.eval();
        TrainingLoss.Of(model, images, labels);
        model.train();
        TrainingLoss.Of(model, images.flip(3), labels).backward();
        Step(rule, model, images, labels);

        Assert.Equal(expected.Length, model.parameters().Sum(parameter => parameter.numel()));
        var actual = model.parameters().SelectMany(Plain.Values).ToArray();
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6);
        }
    }

    [Fact]
    public void Step_TwoExamplesLeft_IsTheMeanOfTheirTwoPercentiles()
    {
        // Both values of a coordinate are clipped, and their percentiles have the same mean as they: SGD, up to rounding.
        float[] After(string rule)
        {
            using var scope = NewDisposeScope();
            var (model, images, labels) = Model();
            using var flat = new FlatWeights(model);
            using var created = RuleFactory.Create(new RunSpec { Rule = RuleChoice.Parse(rule) }, flat);
            Step(created, model, images[..2], labels[..2]);
            return [.. model.parameters().SelectMany(Plain.Values)];
        }

        Assert.All(After("sgd").Zip(After("winsorized:30")), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void Step_ManySteps_KeepsNoTensors()
    {
        using var scope = NewDisposeScope();
        var (model, images, labels) = Model();
        using var flat = new FlatWeights(model);
        using var rule = RuleFactory.Create(new RunSpec { Rule = RuleChoice.Parse("winsorized:20") }, flat);
        Step(rule, model, images, labels);
        var before = Tensor.TotalCount;

        for (var step = 0; step < 20; step++)
        {
            Step(rule, model, images, labels);
        }

        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [Fact]
    public void Create_ModelWithOtherLayers_Throws()
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create("resnet-small", 5);
        using var flat = new FlatWeights(model);

        Assert.Throws<InvalidOperationException>(() => RuleFactory.Create(new RunSpec { Rule = RuleChoice.Parse("winsorized:20") }, flat));
    }

    [Fact]
    public void SizeOf_Mlp_CountsTheInputsOfTheDatasetsImages()
    {
        var size = ModelSize.Of(TinyRun.Spec("winsorized:20") with { Model = "mlp" }, classes: 5, side: 8);

        Assert.Equal((192 * 256) + (2 * 256 * 256) + (3 * 256) + (256 * 5) + 5, size.Parameters);
        Assert.Equal((size.Parameters * sizeof(float), 0), (size.ModelBytes, size.RuleBytes));
    }

    private static (nn.Module<Tensor, Tensor> Model, Tensor Images, Tensor Labels) Model()
    {
        manual_seed(5);
        var model = ModelRegistry.Create("mlp", 5, side: 8);
        return (model, randn(Examples, 3, 8, 8), arange(Examples, int64).remainder(5));
    }

    private static void Step(GradientRule rule, nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels)
    {
        using (NewDisposeScope())
        {
            rule.Begin(0);
            TrainingLoss.Of(model, images, labels).backward();
        }

        Assert.True(rule.Step(Rate));
    }

    private static double[] Moved(nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels, int percent, double decay)
    {
        var gradients = new List<double[]>();
        for (var example = 0; example < Examples; example++)
        {
            model.zero_grad();
            TrainingLoss.Of(model, images[example..(example + 1)], labels[example..(example + 1)]).backward();
            gradients.Add([.. model.parameters().SelectMany(parameter => Plain.Values(parameter.grad!)).Select(value => (double)value)]);
        }

        model.zero_grad();
        var position = (Examples - 1) * percent / 100.0;
        var weights = model.parameters().SelectMany(Plain.Values).ToArray();
        return
        [
            .. weights.Select((weight, i) =>
            {
                var values = gradients.Select(gradient => gradient[i]).Order().ToArray();
                double At(double place) => values[(int)place] + ((place % 1) * (values[(int)Math.Ceiling(place)] - values[(int)place]));
                var mean = values.Average(value => Math.Clamp(value, At(position), At(Examples - 1 - position)));
                return weight - (Rate * (mean + (decay * weight)));
            }),
        ];
    }

    private (float[] Weights, IReadOnlyDictionary<string, EvaluationResult> Results) Trained(string rule, Precision precision)
    {
        if (!Directory.Exists(_folder["tiny"]))
        {
            TinyDataset.Create(_folder["tiny"]);
        }

        var spec = TinyRun.Spec(rule) with { Model = "mlp", WeightDecay = 0.01, Precision = precision };
        using var data = TinyRun.Open(spec, _folder["tiny"]);
        using var loop = new TrainingLoop(spec, data, CPU);
        var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);
        return ([.. loop.Model.SelectMany(entry => Plain.Values(entry.Value))], results);
    }
}
