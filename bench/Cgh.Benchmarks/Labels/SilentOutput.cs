using Cgh.Core.Runs;
using Cgh.Trainer.Output;

namespace Cgh.Benchmarks.Labels;

/// <summary>Writes nothing.</summary>
internal sealed class SilentOutput : IAttemptOutput
{
    public void Around(Action attempt) => attempt();

    public void Report(AttemptEvent happened)
    {
    }

    public void Note(string line)
    {
    }
}
