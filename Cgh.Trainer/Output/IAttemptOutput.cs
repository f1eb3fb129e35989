using Cgh.Core.Runs;

namespace Cgh.Trainer.Output;

/// <summary>Where an attempt says what it does. Called on the thread that trains.</summary>
internal interface IAttemptOutput
{
    /// <summary>Runs the attempt, with whatever must be drawn around it.</summary>
    void Around(Action attempt);

    void Report(AttemptEvent happened);

    /// <summary>One line for a person: something that is worth knowing and changes nothing.</summary>
    void Note(string line);
}
