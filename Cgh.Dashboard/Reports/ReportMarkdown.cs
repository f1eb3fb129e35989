using Cgh.Dashboard.Components;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Parsers.Inlines;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Cgh.Dashboard.Reports;

/// <summary>Converts a report's Markdown to HTML.</summary>
internal static class ReportMarkdown
{
    private static readonly MarkdownPipeline s_pipeline = CreatePipeline();

    /// <summary>
    /// Embedded HTML is escaped. Links and images are kept if they name a file of the report, whose URL <paramref name="fileUrl"/>
    /// returns; links to web pages are kept too. Any other is replaced by its text.
    /// </summary>
    public static string ToHtml(string markdown, Func<string, string?> fileUrl)
    {
        var document = Markdown.Parse(markdown.Visible(), s_pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            // A reference link's own URL would override the one set here.
            link.GetDynamicUrl = null;
            if (fileUrl(link.Url ?? "") is { } file)
            {
                link.Url = file;
            }
            else if (link.IsImage || !IsWebPage(link.Url))
            {
                link.ReplaceBy(new ContainerInline(), copyChildren: true);
                continue;
            }

            if (link.IsImage)
            {
                link.GetAttributes().AddClass("img-fluid");
            }
            else
            {
                link.GetAttributes().AddProperty("target", "_blank");
                link.GetAttributes().AddProperty("rel", "noopener");
            }
        }

        foreach (var table in document.Descendants<Table>())
        {
            table.GetAttributes().AddClass("table table-sm");
        }

        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        s_pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlTableRenderer>(new ScrollingTableRenderer());
        renderer.Render(document);
        return text.ToString();
    }

    private static MarkdownPipeline CreatePipeline()
    {
        var builder = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml();

        // <scheme:...> would become a link with any scheme.
        builder.InlineParsers.TryRemove<AutolinkInlineParser>();
        return builder.Build();
    }

    private static bool IsWebPage(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    // Wide tables scroll on narrow screens.
    private sealed class ScrollingTableRenderer : HtmlTableRenderer
    {
        protected override void Write(HtmlRenderer renderer, Table table)
        {
            renderer.EnsureLine();
            renderer.WriteLine("<div class=\"table-responsive\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">");
            base.Write(renderer, table);
            renderer.WriteLine("</div>");
        }
    }
}
