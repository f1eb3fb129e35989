using System.Runtime.InteropServices;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Models;

/// <summary>
/// Results of the models for <see cref="TorchvisionParityTests"/>. The largest models have 138 million parameters, so each is created only once
/// for all tests, and only figures are kept.
/// </summary>
public sealed class TorchvisionParity
{
    private readonly Dictionary<string, Lazy<Figures>> _figures = GoldenModel.Names.ToDictionary(name => name, name => new Lazy<Figures>(() => Compute(name)));

    internal Figures Of(string name) => _figures[name].Value;

    private static Figures Compute(string name)
    {
        var golden = GoldenModel.Load(name);
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var model = GoldenModel.Create(name);
        var count = model.parameters().Sum(parameter => parameter.numel());
        string[] tensors = [.. ModelTensors.Of(model).Select(tensor => $"{tensor.Key} {string.Join('x', tensor.Value.shape)}")];
        Distance[] initialisation =
        [
            .. model.named_parameters()
                .Where(parameter => golden.Initialisation.ContainsKey(parameter.name))
                .Select(parameter => new Distance(parameter.name, 1, DistributionDistance(golden.Initialisation[parameter.name], parameter.parameter))),
        ];

        GoldenModel.Fill(model);
        var logits = Logits(model, golden);
        return Backward(model, golden) with { Parameters = count, Tensors = tensors, Initialisation = initialisation, Logits = logits };
    }

    private static float[] Logits(nn.Module<Tensor, Tensor> model, GoldenModel golden)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        using var weights = new FlatWeights(model);
        model.eval();
        return Plain.Values(model.forward(GoldenModel.Images("evaluation", golden.Evaluation)));
    }

    private static Figures Backward(nn.Module<Tensor, Tensor> model, GoldenModel golden)
    {
        using var scope = NewDisposeScope();
        model.to(float64);

        // As in a run: parameters are views of one vector, with kernels in channels-last layout.
        using var weights = new FlatWeights(model);
        using var gradient = weights.NewGradient();
        weights.CollectInto(gradient);
        GoldenModel.TrainWithoutDropout(model);
        var loss = TrainingLoss.Of(model, GoldenModel.Images("training", golden.Training).to(float64), GoldenModel.Labels(golden.Training[0]));
        loss.backward();

        return new Figures
        {
            Loss = loss.item<double>(),
            Gradients =
            [
                .. model.named_parameters().Select(parameter => new Distance(
                    parameter.name,
                    golden.Gradients[parameter.name].Norm,
                    GoldenModel.Distance(parameter.name, golden.Gradients[parameter.name], parameter.parameter.grad!))),
            ],
            Statistics =
            [
                .. model.named_buffers().Where(buffer => golden.Statistics.ContainsKey(buffer.name)).Select(buffer => new Distance(
                    buffer.name,
                    golden.Statistics[buffer.name].Norm,
                    GoldenModel.Distance(buffer.name, golden.Statistics[buffer.name], buffer.buffer))),
            ],
        };
    }

    // Largest difference of mean, standard deviation, kurtosis, minimum and maximum; mean, minimum and maximum are relative to the deviation.
    private static double DistributionDistance(double[] expected, Tensor parameter)
    {
        using var scope = NewDisposeScope();
        // Two passes over the weights; with Torch operations, this would need five float64 copies.
        var values = MemoryMarshal.Cast<byte, float>(parameter.detach().contiguous().bytes);
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        var (squares, fourths, least, greatest) = (0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            var difference = value - mean;
            var square = difference * difference;
            squares += square;
            fourths += square * square;
            least = Math.Min(least, value);
            greatest = Math.Max(greatest, value);
        }

        var variance = squares / values.Length;
        var deviation = Math.Sqrt(variance);
        var kurtosis = deviation == 0 ? 0 : fourths / values.Length / (variance * variance);
        var unit = deviation == 0 ? 1 : deviation;
        double[] ours = [mean / unit, deviation / unit, kurtosis, least / unit, greatest / unit];
        double[] theirs = [expected[0] / unit, expected[1] / unit, expected[2], expected[3] / unit, expected[4] / unit];
        return ours.Zip(theirs).Max(pair => Math.Abs(pair.First - pair.Second));
    }

    /// <summary>Distance of a tensor from torchvision's, and the norm of torchvision's.</summary>
    internal sealed record Distance(string Name, double Norm, double Value)
    {
        public double Relative => Value / Norm;
    }

    /// <summary>Results of one model.</summary>
    internal sealed record Figures
    {
        public long Parameters { get; init; }

        /// <summary>Names and shapes.</summary>
        public IReadOnlyList<string> Tensors { get; init; } = [];

        /// <summary>Results for the initial weights.</summary>
        public IReadOnlyList<Distance> Initialisation { get; init; } = [];

        /// <summary>Results with torchvision's weights, like all following.</summary>
        public IReadOnlyList<float> Logits { get; init; } = [];

        public double Loss { get; init; }

        public IReadOnlyList<Distance> Gradients { get; init; } = [];

        public IReadOnlyList<Distance> Statistics { get; init; } = [];
    }
}
