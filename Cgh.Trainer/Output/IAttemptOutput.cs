using Cgh.Core.Runs;

namespace Cgh.Trainer.Output;

/// <summary>Output of an attempt. Called on the training thread.</summary>
internal interface IAttemptOutput
{
    /// <summary>Runs the attempt, such as within a live display.</summary>
    void Around(Action attempt);

    /// <summary>Reports an event.</summary>
    void Report(AttemptEvent happened);

    /// <summary>Writes a one-line note that requires no action.</summary>
    void Note(string line);
}
