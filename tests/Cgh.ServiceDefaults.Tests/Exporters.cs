namespace Cgh.ServiceDefaults.Tests;

/// <summary>
/// The collection of all tests that export telemetry. A program's activity sources are process-wide: side by side, each would receive the spans of
/// the others.
/// </summary>
internal static class Exporters
{
    public const string Collection = "exporters";
}
