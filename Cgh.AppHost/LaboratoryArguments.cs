using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.AppHost;

/// <summary>The parsed command line.</summary>
internal sealed record LaboratoryArguments
{
    /// <summary>The data folder.</summary>
    public required DataFolder Data { get; init; }

    /// <summary>Port of the laboratory's pages.</summary>
    public int Port { get; init; } = LaboratoryOptions.DefaultPort;

    /// <summary>The recipe to submit, if any.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>Id of the experiment to resume, if any.</summary>
    public string? Experiment { get; init; }

    /// <summary>Whether the host ends when the experiment has ended.</summary>
    public bool Exit { get; init; }

    /// <summary>Whether Aspire's dashboard is started.</summary>
    public bool Dashboard { get; init; } = true;

    /// <summary>Arguments passed on to Aspire, in order.</summary>
    public IReadOnlyList<string> ForAspire { get; init; } = [];
}
