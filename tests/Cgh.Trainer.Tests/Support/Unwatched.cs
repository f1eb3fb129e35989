using Cgh.Core.Runs;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Support;

/// <summary>A watcher that does nothing.</summary>
internal sealed class Unwatched : ITrainingWatcher
{
    public void Stepped(int count, double loss, double learningRate)
    {
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results)
    {
    }

    public void EpochEnded()
    {
    }
}
