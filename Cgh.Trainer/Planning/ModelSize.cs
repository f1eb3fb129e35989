using Cgh.Client.Planning;
using Cgh.Core.Runs;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Models;
using Cgh.Trainer.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Planning;

/// <summary>Creates models and rules to measure their size.</summary>
internal static class ModelSize
{
    private static readonly Dictionary<(string Model, int Classes, int Side, bool AuxiliaryLogits), (long Parameters, long Bytes, int Layers)> s_models = [];

    /// <summary>Returns the size of a run's model and rule state.</summary>
    /// <param name="spec">Spec of the run.</param>
    /// <param name="classes">Number of outputs.</param>
    /// <param name="side">Height and width of the model's input.</param>
    public static TrainedSize Of(RunSpec spec, int classes, int side)
    {
        var key = (spec.Model, classes, side, spec.AuxiliaryLogits);
        if (!s_models.TryGetValue(key, out var model))
        {
            s_models[key] = model = Measure(key.Model, classes, side, key.AuxiliaryLogits);
        }

        // The rule state is a multiple of the parameters; a small layer is enough to find the factor.
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(64, 64);
        using var weights = new FlatWeights(layer);
        using var rule = RuleFactory.Create(spec, weights);
        using var estimate = spec.CoherenceEvery > 0 ? new CoherenceEstimate(rule.Groups, spec.BatchSize, weights.Values) : null;
        var state = rule.State().Values.Concat(estimate?.State().Select(entry => entry.Value) ?? []);
        var vectors = state.Sum(Bytes) / Bytes(weights.Values);
        return new TrainedSize(model.Parameters, model.Bytes, vectors * model.Parameters * sizeof(float), model.Layers);
    }

    private static (long Parameters, long Bytes, int Layers) Measure(string name, int classes, int side, bool auxiliaryLogits)
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create(name, classes, side, auxiliaryLogits);
        return (
            model.parameters().Sum(parameter => parameter.numel()),
            ModelTensors.Of(model).Sum(entry => Bytes(entry.Value)),
            model.modules().Count(layer => layer.parameters(recurse: false).Any()));
    }

    private static long Bytes(Tensor tensor) => tensor.numel() * tensor.ElementSize;
}
