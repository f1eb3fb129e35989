using Cgh.Core.Runs;
using Spectre.Console;

namespace Cgh.Trainer.Output;

/// <summary>Shows a progress bar on a terminal, then a table of the results.</summary>
internal sealed class LiveOutput(RunSpec spec, RunFolder folder) : IAttemptOutput
{
    private ProgressTask? _bar;
    private AttemptEnded? _ended;

    public void Around(Action attempt)
    {
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                _bar = context.AddTask(Markup.Escape(spec.Name));
                attempt();
            });

        if (_ended?.Result is { } result)
        {
            AnsiConsole.Write(ProgressText.Results(result));
        }

        if (_ended is not null && ProgressText.Ended(folder, _ended) is { } line)
        {
            AnsiConsole.WriteLine(line);
        }
    }

    public void Report(AttemptEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted started:
                AnsiConsole.WriteLine(ProgressText.Started(spec, started));
                _bar!.MaxValue = Math.Max(1, started.TotalSteps);
                _bar.Value = started.Step;
                break;
            case AttemptProgressed progress:
                _bar!.Value = progress.Step;
                _bar.Description = Markup.Escape(ProgressText.Progress(spec, progress));
                break;
            case AttemptEnded ended:
                _ended = ended;
                break;
        }
    }

    public void Note(string line) => AnsiConsole.WriteLine(line);
}
