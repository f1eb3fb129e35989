namespace Cgh.Benchmarks.Harness;

/// <summary>A unit of work that is measured repeatedly, already set up and warmed up.</summary>
internal interface IWork : IDisposable
{
    /// <summary>Does the work once and returns the duration in seconds.</summary>
    double Sample();

    /// <summary>Properties of the work that matter for its figures.</summary>
    IReadOnlyDictionary<string, object> About { get; }
}
