namespace Cgh.AppHost.Tests.Boots;

/// <summary>Tests that start the whole laboratory, one after the other: it takes all processors.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Boots
{
    public const string Name = "Boots";

    /// <summary>For a start or an experiment of a few seconds, on a machine that is busy with other tests.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);
}
