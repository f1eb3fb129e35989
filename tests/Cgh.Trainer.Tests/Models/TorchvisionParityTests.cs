using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Models;

/// <summary>Compares the models with torchvision's. With -showLiveOutput, the tests print the figures in docs/results/parity.md.</summary>
public sealed class TorchvisionParityTests(TorchvisionParity parity) : IClassFixture<TorchvisionParity>
{
    // A bias before batch normalization has no effect; its gradient is zero up to rounding.
    private const double Vanishing = 1e-12;

    public static TheoryData<string> Names { get; } = [.. GoldenModel.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_SameSeed_EqualsTorchvisionsTensorsAndWeights(string name)
    {
        var golden = GoldenModel.Load(name);
        var ours = parity.Of(name);

        Assert.Equal(golden.Parameters, ours.Parameters);
        Assert.Equal(
            golden.Tensors.Select(tensor => $"{tensor.Key} {string.Join('x', tensor.Value)}").Order(StringComparer.Ordinal),
            ours.Tensors.Order(StringComparer.Ordinal));
        Assert.Equal(
            golden.Initialisation.Keys.Order(StringComparer.Ordinal),
            ours.Initialisation.Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
        var largest = ours.Initialisation.MaxBy(parameter => parameter.Value)!;
        Print(name, $"initialisation {largest.Value:E1} ({largest.Name})");

        // A different draw has a distance of 0.1 or more. Inception's weights depend on a function whose last bits differ between builds of Torch.
        Assert.InRange(largest.Value, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_TorchvisionsWeights_EqualsItsLogits(string name)
    {
        var logits = parity.Of(name).Logits;

        // Relative to the largest logit, as single logits can be near zero.
        var expected = GoldenModel.Logits(name);
        var difference = expected.Zip(logits).Max(pair => Math.Abs(pair.First - (double)pair.Second)) / expected.Max(Math.Abs);
        Print(name, $"logits {difference:E1}");
        Assert.InRange(difference, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_TorchvisionsWeights_EqualsItsGradientsAndStatistics(string name)
    {
        var golden = GoldenModel.Load(name);
        var ours = parity.Of(name);

        var whole = Math.Sqrt(golden.Gradients.Values.Sum(summary => summary.Norm * summary.Norm));
        var vanishing = ours.Gradients.Where(entry => entry.Norm < Vanishing * whole).ToArray();
        var others = ours.Gradients.Except(vanishing).ToArray();
        var worst = others.MaxBy(entry => entry.Relative)!;
        var statistics = ours.Statistics.Max(buffer => buffer.Relative);
        var loss = Math.Abs((ours.Loss / golden.Loss) - 1);
        Print(
            name,
            $"loss {loss:E1}, gradients {worst.Relative:E1} ({worst.Name}), statistics {statistics:E1}, vanishing gradients {vanishing.Length}");
        Assert.Equal(golden.Loss, ours.Loss, 1e-9 * golden.Loss);
        Assert.All(others, entry => Assert.InRange(entry.Value, 0, 1e-6 * entry.Norm));
        Assert.All(vanishing, entry => Assert.InRange(entry.Value, 0, Vanishing * whole));
        Assert.InRange(statistics, 0, 1e-9);

        // Only VGG's convolutions have biases, all of them before batch normalization.
        Assert.All(vanishing, entry => Assert.Matches(@"^features\.\d+\.bias$", entry.Name));
    }

    private static void Print(string name, FormattableString figures) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {FormattableString.Invariant(figures)}");
}
