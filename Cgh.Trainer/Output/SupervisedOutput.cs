using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Output;

/// <summary>Writes events as JSON lines to standard output, for the service that started this process, and notes to standard error.</summary>
internal sealed class SupervisedOutput(TextWriter events, TextWriter notes) : IAttemptOutput
{
    private readonly Lock _gate = new();

    public void Around(Action attempt) => attempt();

    public void Report(AttemptEvent happened)
    {
        var line = JsonSerializer.Serialize(happened, CghJson.Line);
        lock (_gate)
        {
            events.WriteLine(line);
            events.Flush();
        }
    }

    public void Note(string line) => notes.WriteLine(line);
}
