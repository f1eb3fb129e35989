namespace Cgh.AppHost;

/// <summary>How resources look in Aspire's dashboard: icons, links and which resource belongs to which. A deployment has none of it.</summary>
internal static class Appearance
{
    public const string StoreIcon = "Database";

    public const string BusIcon = "ArrowRouting";

    /// <summary>The resource with the laboratory's pages.</summary>
    public static IResourceBuilder<ProjectResource> LooksLikePages(this IResourceBuilder<ProjectResource> pages) =>
        pages.WithIconName("Beaker").WithUrlForEndpoint("http", url => url.DisplayText = "Laboratory");

    /// <summary>A service without pages: its address has nothing but its health, so its link leads there.</summary>
    public static IResourceBuilder<ProjectResource> LooksLikeWorker(this IResourceBuilder<ProjectResource> worker, string icon) =>
        worker.WithIconName(icon).WithUrlForEndpoint("http", url =>
        {
            url.Url = "/health";
            url.DisplayText = "Health";
            url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
        });

    /// <summary>A server in a container. Its address, which a browser cannot open, is listed only among its details.</summary>
    public static IResourceBuilder<T> LooksLikeServer<T>(this IResourceBuilder<T> server, string icon)
        where T : IResourceWithEndpoints =>
        server.WithIconName(icon).WithUrlForEndpoint("tcp", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);

    /// <summary>A program that provides another resource: listed below it, with its addresses, which a browser cannot open, only among its details.</summary>
    public static IResourceBuilder<T> LooksLikeServerOf<T>(this IResourceBuilder<T> server, IResourceBuilder<IResource> provided)
        where T : IResourceWithEndpoints =>
        server.WithParentRelationship(provided).WithUrls(context =>
            context.Urls.ForEach(url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly));
}
