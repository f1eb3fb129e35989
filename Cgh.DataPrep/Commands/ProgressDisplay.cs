using System.Globalization;
using Cgh.Core;
using Cgh.DataPrep.Service;
using Spectre.Console;

namespace Cgh.DataPrep.Commands;

/// <summary>Shows the progress of a command: bars on a terminal, plain lines if the output is redirected.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_rateInterval = TimeSpan.FromSeconds(1);

    /// <summary>Runs <paramref name="work"/> while showing its progress, then prints the line that it returns, if any.</summary>
    public static async Task<int> RunAsync(Func<IProgress<StageProgress>, string?> work)
    {
        var closing = Console.IsOutputRedirected
            ? await Task.Run(() => work(new Lines()))
            : await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => Task.Run(() => work(new Bars(context))));
        if (closing is not null)
        {
            Console.WriteLine(closing);
        }

        return 0;
    }

    private sealed class Bars(ProgressContext context) : IProgress<StageProgress>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = [];
        private readonly RateText _rate = new();

        public void Report(StageProgress value)
        {
            if (value.Notice is { } notice)
            {
                AnsiConsole.WriteLine(notice);
                return;
            }

            lock (_tasks)
            {
                if (!_tasks.TryGetValue(value.Stage, out var task))
                {
                    task = context.AddTask(value.Stage, maxValue: Math.Max(1, value.Total));
                    _tasks.Add(value.Stage, task);
                }

                task.Value = Math.Max(task.Value, value.Done);
                if (_rate.IsDue(s_rateInterval))
                {
                    task.Description = $"{value.Stage}{_rate.Of(value, withTimeLeft: false)}";
                }
            }
        }
    }

    private sealed class Lines : IProgress<StageProgress>
    {
        private readonly Lock _gate = new();
        private readonly RateText _rate = new();

        public void Report(StageProgress value)
        {
            lock (_gate)
            {
                if (value.Notice is { } notice)
                {
                    Console.WriteLine(notice);
                    return;
                }

                if (_rate.IsDue(s_lineInterval))
                {
                    Console.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $"{value.Stage}: {value.Done} of {value.Total}{_rate.Of(value, withTimeLeft: true)}"));
                }
            }
        }
    }

    /// <summary>Rate and time left, in intervals.</summary>
    private sealed class RateText
    {
        private readonly ProgressRate _rate = new(TimeProvider.System);
        private long _last = Environment.TickCount64;

        public bool IsDue(TimeSpan interval) => Environment.TickCount64 - _last >= interval.TotalMilliseconds;

        public string Of(StageProgress progress, bool withTimeLeft)
        {
            _last = Environment.TickCount64;
            var (perSecond, secondsLeft) = _rate.Add(progress);
            var left = withTimeLeft && secondsLeft is { } seconds ? $", {UserText.Duration(seconds)} left" : "";
            return perSecond is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:N0}/s{left}") : "";
        }
    }
}
