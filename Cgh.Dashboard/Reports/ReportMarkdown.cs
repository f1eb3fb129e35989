using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Parsers.Inlines;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Cgh.Dashboard.Reports;

/// <summary>A report's Markdown as HTML for a page.</summary>
internal static class ReportMarkdown
{
    private static readonly MarkdownPipeline s_pipeline = MakePipeline();

    /// <summary>
    /// HTML in the text is shown as text. A link or picture stays when it names a file of the report, whose address
    /// <paramref name="address"/> gives, and a link when it leads to a web page; of any other its text stays.
    /// </summary>
    public static string ToHtml(string markdown, Func<string, string?> address)
    {
        var document = Markdown.Parse(markdown, s_pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            // A reference's own address would win over what is set here.
            link.GetDynamicUrl = null;
            if (address(link.Url ?? "") is { } file)
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

    private static MarkdownPipeline MakePipeline()
    {
        var builder = new MarkdownPipelineBuilder().UsePipeTables().DisableHtml();

        // <scheme:...> would be a link to whatever scheme it names.
        builder.InlineParsers.TryRemove<AutolinkInlineParser>();
        return builder.Build();
    }

    private static bool IsWebPage(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    // Tables of many columns scroll by themselves where the page is narrow.
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
