using Cgh.Benchmarks.Harness;
using Cgh.Core.Runs;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>An update rule's step on a model's weights with existing gradients, on any device.</summary>
internal sealed class RuleWork : IWork
{
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly FlatWeights _weights;
    private readonly GradientRule _rule;
    private readonly Device _device;
    private readonly int _repeat;

    /// <param name="spec">Spec with the rule, model and device.</param>
    /// <param name="repeat">Updates per sample. A sample is the time per update.</param>
    public RuleWork(RunSpec spec, int repeat)
    {
        (_device, var environment) = TorchSettings.Apply(spec.Device, spec.Threads);
        _repeat = repeat;
        _model = ModelRegistry.Create(spec.Model, 1000);
        _model.to(_device);
        _weights = new FlatWeights(_model, spec.Precision);
        _rule = RuleFactory.Create(spec, _weights);
        using (no_grad())
        {
            foreach (var vector in _rule.State().Values.Where(vector => vector.is_floating_point()))
            {
                vector.normal_();
            }
        }

        About = new Dictionary<string, object> { ["threads"] = environment.Threads, ["device"] = environment.Device };
        for (var warm = 0; warm < 4; warm++)
        {
            Sample();
        }
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Timing.SynchronizedSeconds(_device, () =>
    {
        for (var update = 0; update < _repeat; update++)
        {
            _rule.Step(learningRate: 1e-6);
        }
    }) / _repeat;

    public void Dispose()
    {
        _rule.Dispose();
        _weights.Dispose();
        _model.Dispose();
    }
}
