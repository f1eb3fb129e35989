namespace Cgh.Benchmarks.Harness;

/// <summary>Something that is measured again and again, set up and warm.</summary>
internal interface IWork : IDisposable
{
    /// <summary>Does it once and returns the seconds that it took.</summary>
    double Sample();

    /// <summary>What a reader of the figures should know, by name.</summary>
    IReadOnlyDictionary<string, object> About { get; }
}
