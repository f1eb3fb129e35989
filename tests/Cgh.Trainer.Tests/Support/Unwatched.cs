using Cgh.Core.Runs;
using Cgh.Trainer.Training;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Lets a training go on to its end.</summary>
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
