using Cgh.Dashboard.Components;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>Images on the DataPrep service's machine, and the datasets made of them.</summary>
public sealed partial class SourcesPage : ComponentBase
{
    /// <summary>The folder whose entries are listed; by default the allowed folders.</summary>
    [SupplyParameterFromQuery(Name = "folder")]
    public string? Folder { get; set; }

    /// <summary>The source to look at.</summary>
    [SupplyParameterFromQuery(Name = "source")]
    public string? Source { get; set; }

    private string ParentUrl => Source?.LastIndexOfAny(['/', '\\']) is > 0 and var end ? PageUrls.Folder(Source[..end]) : "sources";
}
