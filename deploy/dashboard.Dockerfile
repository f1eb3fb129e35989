# The dashboard. From the repository root: docker build -f deploy/dashboard.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# Only the files that determine the packages, so that Docker caches the restore.
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY build/ build/
COPY Cgh.Core/Cgh.Core.csproj Cgh.Core/
COPY Cgh.Reports/Cgh.Reports.csproj Cgh.Reports/
COPY Cgh.RunStore/Cgh.RunStore.csproj Cgh.RunStore/
COPY Cgh.ServiceDefaults/Cgh.ServiceDefaults.csproj Cgh.ServiceDefaults/
COPY Cgh.Dashboard/Cgh.Dashboard.csproj Cgh.Dashboard/
RUN dotnet restore Cgh.Dashboard
COPY Cgh.Core/ Cgh.Core/
COPY Cgh.Reports/ Cgh.Reports/
COPY Cgh.RunStore/ Cgh.RunStore/
COPY Cgh.ServiceDefaults/ Cgh.ServiceDefaults/
COPY Cgh.Dashboard/ Cgh.Dashboard/
RUN dotnet publish Cgh.Dashboard --no-restore --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
# A new volume inherits this owner.
RUN mkdir /data && chown "$APP_UID:$APP_UID" /data
COPY --from=build /app .
COPY deploy/health.sh .
COPY recipes/ recipes/
ENV CGH_DATA=/data
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/app/health.sh"]
ENTRYPOINT ["dotnet", "Cgh.Dashboard.dll"]
CMD ["serve"]
