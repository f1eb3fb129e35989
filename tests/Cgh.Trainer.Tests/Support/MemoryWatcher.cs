using Cgh.Core.Runs;
using Cgh.Trainer.Training;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Records the number of tensors after each step and the memory of this process after two of them.</summary>
internal sealed class MemoryWatcher(TrainingLoop loop) : ITrainingWatcher
{
    public Dictionary<long, long> TensorsAt { get; } = [];

    public Dictionary<long, long> ResidentAt { get; } = [];

    public Action<long>? OnStep { get; init; }

    public void Stepped(int count, double loss, double learningRate)
    {
        TensorsAt[loop.StepsDone] = Tensor.TotalCount;
        if (loop.StepsDone is 100 or 999)
        {
            ResidentAt[loop.StepsDone] = Environment.WorkingSet;
        }

        OnStep?.Invoke(loop.StepsDone);
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results)
    {
    }

    public void EpochEnded()
    {
    }
}
