using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Models;

/// <summary>The models against torchvision's; run with -showLiveOutput, they print the figures of docs/results/parity.md.</summary>
public sealed class TorchvisionParityTests
{
    // A bias before batch normalisation changes nothing: its gradient is zero but for rounding.
    private const double Vanishing = 1e-12;

    public static TheoryData<string> Names { get; } = [.. GoldenModel.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_WithTorchvisionsSeed_HasItsTensorsAndDrawsItsWeights(string name)
    {
        var golden = GoldenModel.Load(name);
        manual_seed(0);
        using var model = GoldenModel.Create(name);

        Assert.Equal(golden.Parameters, model.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(
            golden.Tensors.Select(tensor => $"{tensor.Key} {string.Join('x', tensor.Value)}").Order(StringComparer.Ordinal),
            ModelTensors.Of(model).Select(tensor => $"{tensor.Key} {string.Join('x', tensor.Value.shape)}").Order(StringComparer.Ordinal));
        var largest = model.named_parameters()
            .Select(parameter => (parameter.name, Distance: DistributionDistance(golden.Initialisation[parameter.name], parameter.parameter)))
            .MaxBy(parameter => parameter.Distance);
        Print(name, $"initialisation {largest.Distance:E1} ({largest.name})");

        // Another draw is 0.1 off and more. Inception's weights go through a function whose last bits differ between builds of Torch.
        Assert.InRange(largest.Distance, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_WithTorchvisionsWeights_GivesItsLogits(string name)
    {
        var golden = GoldenModel.Load(name);
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        using var model = GoldenModel.Create(name);
        GoldenModel.Fill(model);
        using var weights = new FlatWeights(model);
        model.eval();

        var logits = Plain.Values(model.forward(GoldenModel.Images("evaluation", golden.Evaluation)));

        // Of the largest of all: single logits can be near zero.
        var expected = GoldenModel.Logits(name);
        var difference = expected.Zip(logits).Max(pair => Math.Abs(pair.First - (double)pair.Second)) / expected.Max(Math.Abs);
        Print(name, $"logits {difference:E1}");
        Assert.InRange(difference, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_WithTorchvisionsWeights_GivesItsGradientsAndStatistics(string name)
    {
        var golden = GoldenModel.Load(name);
        using var scope = NewDisposeScope();
        using var model = GoldenModel.Create(name);
        GoldenModel.Fill(model);
        model.to(float64);

        // As a run has them: views of one vector, kernels channels last.
        using var weights = new FlatWeights(model);
        using var gradient = weights.NewGradient();
        weights.CollectInto(gradient);
        GoldenModel.TrainWithoutDropout(model);
        var loss = TrainingLoss.Of(model, GoldenModel.Images("training", golden.Training).to(float64), GoldenModel.Labels(golden.Training[0]));
        loss.backward();

        var whole = Math.Sqrt(golden.Gradients.Values.Sum(summary => summary.Norm * summary.Norm));
        var gradients = model.named_parameters()
            .Select(parameter => (parameter.name, golden.Gradients[parameter.name].Norm, Distance: GoldenModel.Distance(parameter.name, golden.Gradients[parameter.name], parameter.parameter.grad!)))
            .ToArray();
        var vanishing = gradients.Where(entry => entry.Norm < Vanishing * whole).ToArray();
        var worst = gradients.Except(vanishing).MaxBy(entry => entry.Distance / entry.Norm);
        var statistics = model.named_buffers()
            .Where(buffer => golden.Statistics.ContainsKey(buffer.name))
            .Max(buffer => GoldenModel.Distance(buffer.name, golden.Statistics[buffer.name], buffer.buffer) / golden.Statistics[buffer.name].Norm);
        Print(name, $"loss {Math.Abs((loss.item<double>() / golden.Loss) - 1):E1}, gradients {worst.Distance / worst.Norm:E1} ({worst.name}), statistics {statistics:E1}, vanishing gradients {vanishing.Length}");
        Assert.Equal(golden.Loss, loss.item<double>(), 1e-9 * golden.Loss);
        Assert.All(gradients.Except(vanishing), entry => Assert.InRange(entry.Distance, 0, 1e-6 * entry.Norm));
        Assert.All(vanishing, entry => Assert.InRange(entry.Distance, 0, Vanishing * whole));
        Assert.InRange(statistics, 0, 1e-9);

        // Only VGG's convolutions have biases, and all of them stand before batch normalisation.
        Assert.All(vanishing, entry => Assert.Matches(@"^features\.\d+\.bias$", entry.name));
    }

    private static void Print(string name, FormattableString figures) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {FormattableString.Invariant(figures)}");

    // Largest difference of mean, deviation, kurtosis, least and greatest value; the first and the last two in deviations.
    private static double DistributionDistance(double[] expected, Tensor parameter)
    {
        using var scope = NewDisposeScope();
        var values = parameter.detach().flatten().to(float64);
        var mean = values.mean().item<double>();
        values.sub_(mean);
        var deviation = values.square().mean().sqrt().item<double>();
        var kurtosis = deviation == 0 ? 0 : values.div(deviation).square().square().mean().item<double>();
        var unit = deviation == 0 ? 1 : deviation;
        double[] ours = [mean / unit, deviation / unit, kurtosis, (values.min().item<double>() + mean) / unit, (values.max().item<double>() + mean) / unit];
        double[] theirs = [expected[0] / unit, expected[1] / unit, expected[2], expected[3] / unit, expected[4] / unit];
        return ours.Zip(theirs).Max(pair => Math.Abs(pair.First - pair.Second));
    }
}
