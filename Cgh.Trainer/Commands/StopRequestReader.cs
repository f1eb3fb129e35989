using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary>What a supervisor says on standard input.</summary>
internal static class StopRequestReader
{
    /// <summary>Follows orders on a background thread: a line <c>cancel</c> cancels, <c>pause</c> pauses, the end of the input interrupts.</summary>
    public static void Follow(TextReader orders, StopSignal stop) =>
        new Thread(() => Read(orders, stop)) { IsBackground = true, Name = "supervisor orders" }.Start();

    private static void Read(TextReader orders, StopSignal stop)
    {
        try
        {
            while (orders.ReadLine() is { } line)
            {
                switch (line.Trim())
                {
                    case "cancel":
                        stop.Cancel();
                        return;
                    case "pause":
                        stop.Pause();
                        return;
                }
            }

            stop.Interrupt();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended first.
        }
    }
}
