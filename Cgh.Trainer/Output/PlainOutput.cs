using System.Diagnostics;
using Cgh.Core.Runs;
using Spectre.Console;

namespace Cgh.Trainer.Output;

/// <summary>Writes a line every few seconds, for logs and pipes.</summary>
internal sealed class PlainOutput(RunSpec spec, RunFolder folder) : IAttemptOutput
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private long _lastWritten;

    public void Around(Action attempt) => attempt();

    public void Report(AttemptEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted started:
                Console.WriteLine(ProgressText.Started(spec, started));
                break;
            case AttemptProgressed progress when _lastWritten == 0 || Stopwatch.GetElapsedTime(_lastWritten) >= s_interval:
                _lastWritten = Stopwatch.GetTimestamp();
                Console.WriteLine(ProgressText.Progress(spec, progress));
                break;
            case AttemptEnded ended:
                if (ended.Result is not null)
                {
                    AnsiConsole.Write(ProgressText.Results(ended.Result));
                }

                if (ProgressText.Ended(folder, ended) is { } line)
                {
                    Console.WriteLine(line);
                }

                break;
        }
    }

    public void Note(string line) => Console.Error.WriteLine(line);
}
