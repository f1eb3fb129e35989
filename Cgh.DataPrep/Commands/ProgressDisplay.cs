using System.Globalization;
using Spectre.Console;

namespace Cgh.DataPrep.Commands;

/// <summary>Shows the progress of a command: bars on a terminal, plain lines if the output is redirected.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/> while showing its progress, then prints the line that it returns.</summary>
    public static async Task<int> RunAsync(Func<IProgress<StageProgress>, string> work)
    {
        var closing = Console.IsOutputRedirected
            ? await Task.Run(() => work(new Lines()))
            : await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => Task.Run(() => work(new Bars(context))));
        Console.WriteLine(closing);
        return 0;
    }

    private sealed class Bars(ProgressContext context) : IProgress<StageProgress>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = [];

        public void Report(StageProgress value)
        {
            lock (_tasks)
            {
                if (!_tasks.TryGetValue(value.Stage, out var task))
                {
                    task = context.AddTask(value.Stage, maxValue: Math.Max(1, value.Total));
                    _tasks.Add(value.Stage, task);
                }

                task.Value = Math.Max(task.Value, value.Done);
            }
        }
    }

    private sealed class Lines : IProgress<StageProgress>
    {
        private readonly Lock _gate = new();
        private long _last = Environment.TickCount64;

        public void Report(StageProgress value)
        {
            lock (_gate)
            {
                var now = Environment.TickCount64;
                if (now - _last >= s_lineInterval.TotalMilliseconds)
                {
                    _last = now;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Stage}: {value.Done} of {value.Total}"));
                }
            }
        }
    }
}
