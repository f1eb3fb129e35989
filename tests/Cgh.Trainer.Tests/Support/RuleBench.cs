using Cgh.Core.Runs;
using Cgh.Trainer.UpdateRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A rule on two parameters with given gradients: the loss is the sum of weights times constants.</summary>
internal sealed class RuleBench : IDisposable
{
    private readonly Weights _model;
    private readonly FlatWeights _flat;
    private readonly GradientRule _rule;

    public RuleBench(RunSpec spec, float[] weights, ScalarType type = ScalarType.Float32, bool usesKernel = true)
    {
        _model = new Weights(weights, type);
        _flat = new FlatWeights(_model);
        _rule = RuleFactory.Create(spec, _flat);
        _rule.UsesKernel = usesKernel;

        // The client plans with it, without the rule.
        Assert.Equal(spec.Rule.Groups, _rule.Groups);
    }

    public float[] Values => [.. Plain.Values(_model.First), .. Plain.Values(_model.Second)];

    public double[] ExactValues
    {
        get
        {
            using var scope = NewDisposeScope();
            return cat([_model.First, _model.Second]).detach().to(float64).data<double>().ToArray();
        }
    }

    /// <summary>Performs a step with the gradient of each group. Returns whether all weights are finite.</summary>
    public bool Step(double learningRate, params float[][] gradients)
    {
        Assert.Equal(_rule.Groups, gradients.Length);
        for (var group = 0; group < gradients.Length; group++)
        {
            using var scope = NewDisposeScope();
            _rule.Begin(group);
            var split = (int)_model.First.numel();
            var loss = (_model.First * tensor(gradients[group][..split])).sum() + (_model.Second * tensor(gradients[group][split..])).sum();
            loss.backward();
        }

        return _rule.Step(learningRate);
    }

    public void Dispose()
    {
        _rule.Dispose();
        _flat.Dispose();
        _model.Dispose();
    }

    // Two parameters of odd lengths, so that there is a gap between them.
    private sealed class Weights : nn.Module<Tensor, Tensor>
    {
        public Weights(float[] values, ScalarType type)
            : base(nameof(Weights))
        {
            var split = values.Length / 3;
            First = new Parameter(tensor(values[..split], type));
            Second = new Parameter(tensor(values[split..], type));
            register_parameter("first", First);
            register_parameter("second", Second);
        }

        public Parameter First { get; }

        public Parameter Second { get; }

        public override Tensor forward(Tensor input) => input;
    }
}
