namespace Cgh.Trainer.Service;

/// <summary>What this process is called.</summary>
internal static class ThisTrainer
{
    /// <summary>For people.</summary>
    public static string Host { get; } = Environment.MachineName;

    /// <summary>For the run store: unlike any other process, also one that had this number before.</summary>
    public static string Holder { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";
}
